/** Sign-in of people by the App's OAuth, and what a person sees through the App. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { BotError, TOOL } from '../../src/index.ts';
import type { GitHubPlace } from './access.ts';
import { openOctokit, unless } from './octokit.ts';

/** The App's side of OAuth. */
export interface ClientKey {
  readonly id: string;
  readonly secret: string;
}

/** Signs people in. */
export interface GitHubSignIn {
  /** Null as long as the App's client is not known. */
  authorizeUrl(ask: {
    readonly redirectUri: string;
    readonly state: string;
    readonly challenge: string;
  }): string | null;
  /** Trades the code for the person's token; throws `GITHUB_REFUSED`. */
  trade(answer: { readonly code: string; readonly redirectUri: string; readonly verifier: string }): Promise<string>;
  loginOf(token: string): Promise<string>;
  /** `owner/name` of all that the person sees and the App is installed on; undefined when the token is no longer good. */
  repositoriesOf(token: string): Promise<readonly string[] | undefined>;
}

const traded = z.object({ access_token: z.string().exactOptional(), error: z.string().exactOptional() });

// So long a person may still see what was just taken from them.
const KEPT_MS = 60_000;
const KEPT_COUNT = 2000;
const TIMEOUT_MS = 20_000;

/** Opens it. `client` is asked each time: `/setup` may come later. */
export function openSignIn(
  place: GitHubPlace,
  client: () => ClientKey | null,
  options: { readonly isPaced: boolean; readonly signal: AbortSignal },
): GitHubSignIn {
  const kept = new Map<
    string,
    { readonly untilMs: number; readonly repositories: Promise<readonly string[] | undefined> }
  >();
  const octokitOf = (token: string) =>
    openOctokit({ apiUrl: place.apiUrl, auth: { token: async () => token }, paceName: 'person', ...options });

  async function list(token: string): Promise<readonly string[] | undefined> {
    const octokit = octokitOf(token);
    const { listInstallationsForAuthenticatedUser, listInstallationReposForAuthenticatedUser } = octokit.rest.apps;
    const installations = await unless(
      [401, 403],
      octokit.paginate(listInstallationsForAuthenticatedUser, { per_page: 100 }),
    );
    if (installations === undefined) return undefined;
    const names: string[] = [];
    for (const { id } of installations) {
      const listed = octokit.paginate(listInstallationReposForAuthenticatedUser, {
        installation_id: id,
        per_page: 100,
      });
      // Suspended or taken away meanwhile: its repositories are not seen, the others are.
      for (const { full_name } of (await unless([403, 404], listed)) ?? []) names.push(full_name);
    }
    return names;
  }

  return {
    authorizeUrl({ redirectUri, state, challenge }) {
      const key = client();
      if (key === null) return null;
      const query = new URLSearchParams({
        client_id: key.id,
        redirect_uri: redirectUri,
        state,
        code_challenge: challenge,
        code_challenge_method: 'S256',
      });
      return `${place.serverUrl}/login/oauth/authorize?${query}`;
    },
    async trade({ code, redirectUri, verifier }) {
      const key = client();
      const body = { client_id: key?.id, client_secret: key?.secret, code, redirect_uri: redirectUri };
      const answer = await fetch(`${place.serverUrl}/login/oauth/access_token`, {
        method: 'POST',
        headers: {
          accept: 'application/json',
          'content-type': 'application/json',
          'user-agent': `${TOOL.name}/${TOOL.version}`,
        },
        body: JSON.stringify({ ...body, code_verifier: verifier }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const { access_token, error } = answer.ok ? traded.parse(await answer.json()) : { error: `${answer.status}` };
      if (access_token !== undefined) return access_token;
      throw new BotError('GITHUB_REFUSED', `GitHub did not sign the person in: ${error ?? 'no token'}.`);
    },
    async loginOf(token) {
      return (await octokitOf(token).rest.users.getAuthenticated()).data.login;
    },
    repositoriesOf(token) {
      const name = createHash('sha256').update(token).digest('hex');
      const known = kept.get(name);
      if (known !== undefined && known.untilMs > Date.now()) return known.repositories;
      const repositories = list(token);
      kept.delete(name);
      kept.set(name, { untilMs: Date.now() + KEPT_MS, repositories });
      // What failed is asked again.
      repositories.catch(() => kept.delete(name));
      const [oldest] = kept.keys();
      if (kept.size > KEPT_COUNT && oldest !== undefined) kept.delete(oldest);
      return repositories;
    },
  };
}
