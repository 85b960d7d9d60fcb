/** Sign-in of people, and the manifest flow that registers an App. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GitHub, startGitHub } from './github.ts';
import { octokitWith } from './octokit.ts';

let github: GitHub;
const BACK = 'http://127.0.0.1:9/back';

beforeAll(async () => {
  github = await startGitHub();
});
afterAll(() => github.close());

/** Where a page leads. */
async function leads(url: string, init: RequestInit = {}): Promise<URL> {
  const answer = await fetch(url, { ...init, redirect: 'manual' });
  expect(answer.status).toBe(302);
  return new URL(answer.headers.get('location') ?? '');
}

describe('sign-in', () => {
  it('gives a token that sees what the person sees through the App', async () => {
    const app = github.app();
    const seen = await github.repository('acme/seen', { private: true });
    await github.repository('acme/unseen', { private: true });
    const installation_id = app.install('acme');
    seen.collaborator('ada', 'read');
    github.signIn('ada');
    const query = new URLSearchParams({ client_id: app.clientId, redirect_uri: BACK, state: 's' });
    const back = await leads(`${github.url}/login/oauth/authorize?${query}`);
    expect(back.searchParams.get('state')).toBe('s');
    const trade = async (secret: string) => {
      const body = JSON.stringify({
        client_id: app.clientId,
        client_secret: secret,
        code: back.searchParams.get('code'),
      });
      const headers = { accept: 'application/json', 'content-type': 'application/json' };
      return (await fetch(`${github.url}/login/oauth/access_token`, { method: 'POST', headers, body })).json();
    };
    const { access_token } = await trade(app.clientSecret);
    // A code is good once.
    expect(await trade(app.clientSecret)).toMatchObject({ error: 'bad_verification_code' });
    const { rest } = octokitWith(github, access_token);
    expect((await rest.users.getAuthenticated()).data.login).toBe('ada');
    expect((await rest.apps.listInstallationsForAuthenticatedUser()).data.installations).toMatchObject([
      { id: installation_id },
    ]);
    const { data } = await rest.apps.listInstallationReposForAuthenticatedUser({ installation_id });
    expect(data.repositories.map(({ name }) => name)).toEqual(['seen']);
  });

  it('refuses a wrong secret, and says no for who is not signed in', async () => {
    const app = github.app({ slug: 'other' });
    const query = new URLSearchParams({ client_id: app.clientId, redirect_uri: BACK });
    github.signIn('ada');
    const code = (await leads(`${github.url}/login/oauth/authorize?${query}`)).searchParams.get('code') ?? '';
    const body = new URLSearchParams({ client_id: app.clientId, client_secret: 'wrong', code });
    const answer = await fetch(`${github.url}/login/oauth/access_token`, { method: 'POST', body });
    expect(await answer.text()).toContain('error=incorrect_client_credentials');
    github.signIn(null);
    expect((await leads(`${github.url}/login/oauth/authorize?${query}`)).searchParams.get('error')).toBe(
      'access_denied',
    );
  });
});

describe('the manifest flow', () => {
  it('registers an App and hands its secrets out once', async () => {
    const manifest = {
      name: 'GLB Optimizer of Ada',
      url: 'https://example.org',
      redirect_url: BACK,
      hook_attributes: { url: 'http://127.0.0.1:9/api/github/webhooks' },
      default_permissions: { contents: 'write' },
      default_events: ['pull_request'],
    };
    github.signIn('ada');
    const body = new URLSearchParams({ manifest: JSON.stringify(manifest) });
    const back = await leads(`${github.url}/settings/apps/new?state=once`, { method: 'POST', body });
    expect(back.searchParams.get('state')).toBe('once');
    const code = back.searchParams.get('code') ?? '';
    const { rest } = octokitWith(github);
    const { data } = await rest.apps.createFromManifest({ code });
    expect(data).toMatchObject({
      slug: 'glb-optimizer-of-ada',
      owner: { login: 'ada' },
      permissions: { contents: 'write' },
    });
    expect(data.pem).toContain('BEGIN RSA PRIVATE KEY');
    expect(data.webhook_secret).toMatch(/^.{20,}$/);
    await expect(rest.apps.createFromManifest({ code })).rejects.toMatchObject({ status: 404 });
  });
});
