/** Who we are on GitHub: an App's installation or the bearer of a token, on github.com or an Enterprise Server. */
import { createAppAuth } from '@octokit/auth-app';
import { BotError } from '../../src/index.ts';
import { type GitHubOctokit, openOctokit, unless } from './octokit.ts';

/** Where GitHub is. */
export interface GitHubPlace {
  /** `https://api.github.com`, without a slash at the end. */
  readonly apiUrl: string;
  /** `https://github.com`, for people, git and LFS. */
  readonly serverUrl: string;
}

/** A name under which comments and commits are ours. */
export interface Identity {
  /** `glb-optimizer[bot]`, `github-actions[bot]` or a user's login. */
  readonly login: string;
  /** Null for what is no App. */
  readonly appId: number | null;
  readonly email: string;
}

/** The right to talk to GitHub about one repository. */
export interface GitHubAccess {
  readonly place: GitHubPlace;
  readonly octokit: GitHubOctokit;
  /** For git and LFS. Never in a URL, an argument, a log or an error. */
  readonly token: () => Promise<string>;
  readonly identity: () => Promise<Identity>;
  /** The same right for another repository, to read it. */
  readonly elsewhere: (repository: string) => GitHubAccess;
  readonly signal: AbortSignal;
}

/** What every access is opened with. */
export interface AccessOptions {
  readonly place: GitHubPlace;
  /** See `OctokitOptions`. */
  readonly isPaced: boolean;
  readonly signal: AbortSignal;
}

/** The credentials of an App. */
export interface AppKey {
  readonly appId: number;
  /** PEM. */
  readonly privateKey: string;
}

/** The place of `GHE_HOST`, or github.com. `protocol` is `https` but in tests. */
export function gitHubPlace(host: string | undefined, protocol = 'https'): GitHubPlace {
  if (host === undefined || host === '' || host === 'github.com') {
    return { apiUrl: 'https://api.github.com', serverUrl: 'https://github.com' };
  }
  const serverUrl = `${protocol}://${host}`;
  return { apiUrl: `${serverUrl}/api/v3`, serverUrl };
}

/** Splits `owner/name`; throws on anything else. */
export function splitRepository(repository: string | null): { readonly owner: string; readonly repo: string } {
  const [owner, repo, rest] = (repository ?? '').split('/');
  if (owner && repo && rest === undefined && !/[\s?#%\\]/.test(`${owner}${repo}`) && !/^\.+$/.test(repo)) {
    return { owner, repo };
  }
  throw new BotError('INTERNAL', 'this is no repository on GitHub.', {
    expected: 'owner/name',
    received: JSON.stringify(repository),
  });
}

/** The bearer of a token: an Action's `GITHUB_TOKEN` or a person's own. */
export function tokenAccess(token: string, options: AccessOptions): GitHubAccess {
  const octokit = openOctokit({
    apiUrl: options.place.apiUrl,
    auth: { token: async () => token },
    paceName: 'token',
    isPaced: options.isPaced,
    signal: options.signal,
  });
  let known: Promise<Identity> | undefined;
  const access: GitHubAccess = {
    place: options.place,
    octokit,
    token: async () => token,
    identity: () => (known ??= whoami(octokit)),
    elsewhere: () => access,
    signal: options.signal,
  };
  return access;
}

// The token of an Action is an installation's: `GET /user` is not for it, and all of them speak as one bot.
const ACTIONS_BOT: Identity = Object.freeze({
  login: 'github-actions[bot]',
  appId: 15368,
  email: '41898282+github-actions[bot]@users.noreply.github.com',
});

async function whoami(octokit: GitHubOctokit): Promise<Identity> {
  const user = await unless([401, 403, 404], octokit.rest.users.getAuthenticated());
  if (user === undefined) return ACTIONS_BOT;
  const { login, id } = user.data;
  return { login, appId: null, email: `${id}+${login}@users.noreply.github.com` };
}

/** An App: speaks for itself by its JWT, and for each installation. Tokens are kept until shortly before they end. */
export interface GitHubApp {
  readonly place: GitHubPlace;
  readonly octokit: GitHubOctokit;
  readonly identity: () => Promise<Identity>;
  /** An installation's right, narrowed to one repository. */
  installation(installationId: number, repository: string, signal: AbortSignal): GitHubAccess;
  /** An installation's right to all its repositories, to list them. */
  wholeInstallation(installationId: number): { readonly octokit: GitHubOctokit };
}

/** Opens an App. */
export function openApp(key: AppKey, options: AccessOptions): GitHubApp {
  const { place, isPaced } = options;
  const octokit = openOctokit({
    apiUrl: place.apiUrl,
    auth: { strategy: createAppAuth, options: { appId: key.appId, privateKey: key.privateKey } },
    paceName: 'app',
    isPaced,
    signal: options.signal,
  });
  let known: Promise<Identity> | undefined;
  const identity = () => {
    known ??= nameOf(octokit, key.appId);
    // What failed once is asked again.
    known.catch(() => {
      known = undefined;
    });
    return known;
  };
  const tokenFor = async (installationId: number, repositoryNames?: readonly string[]): Promise<string> => {
    const narrowed = repositoryNames === undefined ? {} : { repositoryNames };
    // The App's own strategy makes all tokens, so that its cache serves every job.
    const made = await octokit.auth({ type: 'installation', installationId, ...narrowed });
    if (typeof made === 'object' && made !== null && 'token' in made && typeof made.token === 'string') {
      return made.token;
    }
    throw new BotError('INTERNAL', 'Octokit gives no token.');
  };
  const openFor = (installationId: number, token: () => Promise<string>, signal: AbortSignal) =>
    openOctokit({
      apiUrl: place.apiUrl,
      auth: { token },
      paceName: `installation-${installationId}`,
      isPaced,
      signal,
    });
  const installation = (installationId: number, repository: string, signal: AbortSignal): GitHubAccess => {
    const { repo } = splitRepository(repository);
    const auth = () => tokenFor(installationId, [repo]);
    const mine = openFor(installationId, auth, signal);
    return {
      place,
      octokit: mine,
      token: auth,
      identity,
      elsewhere: (other) => installation(installationId, other, signal),
      signal,
    };
  };
  const wholeInstallation = (id: number) => ({ octokit: openFor(id, () => tokenFor(id), options.signal) });
  return { place, octokit, identity, installation, wholeInstallation };
}

async function nameOf(octokit: GitHubOctokit, appId: number): Promise<Identity> {
  const app = await octokit.rest.apps.getAuthenticated();
  const slug = app.data?.slug ?? 'glb-optimizer';
  const login = `${slug}[bot]`;
  return { login, appId, email: `${appId}+${login}@users.noreply.github.com` };
}
