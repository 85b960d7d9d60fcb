/** The few web pages that a bot meets: files by address (pictures in comments), sign-in, the manifest form. */
import { randomUUID } from 'node:crypto';
import { findEntry, readBlob } from '../git/objects.ts';
import { resolveCommit } from '../git/refs.ts';
import { makeApp } from '../world/app.ts';
import { findRepository, makeToken } from '../world/world.ts';
import { type Door, readBytes } from './server.ts';

const TYPES: Readonly<Record<string, string>> = { webp: 'image/webp', png: 'image/png', html: 'text/plain' };

/** `/owner/name/blob/<ref>/<path>?raw=true` and `/owner/name/raw/…`: only public repositories, nobody is signed in here. */
export const fileDoor: Door = async (world, request, response, url) => {
  const found = /^\/(?!repos\/|api\/)([^/]+\/[^/]+)\/(blob|raw)\/(.+)$/.exec(url.pathname);
  if (found === null || request.method !== 'GET') return false;
  const [, name = '', , rest = ''] = found;
  const repository = findRepository(world, name);
  const parts = decodeURIComponent(rest).split('/');
  // A branch may hold slashes: the shortest name that git knows is taken.
  for (let count = 1; repository !== undefined && !repository.isPrivate && count < parts.length; count += 1) {
    const commit = await resolveCommit(repository.directory, parts.slice(0, count).join('/'));
    const entry = commit && (await findEntry(repository.directory, commit, parts.slice(count).join('/')));
    const bytes = entry && (await readBlob(repository.directory, entry.sha));
    if (!bytes) continue;
    const type = TYPES[parts.at(-1)?.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
    response.writeHead(200, { 'content-type': type, 'content-length': bytes.byteLength }).end(bytes);
    return true;
  }
  response.writeHead(404, { 'content-type': 'text/plain' }).end('Not Found');
  return true;
};

/** Sign-in: approves for `world.signedInUser`, then trades the code for a token, once. */
export const signInDoor: Door = async (world, request, response, url) => {
  if (url.pathname === '/login/oauth/authorize' && request.method === 'GET') {
    const app = [...world.apps.values()].find(({ clientId }) => clientId === url.searchParams.get('client_id'));
    const back = url.searchParams.get('redirect_uri');
    if (app === undefined || back === null) {
      response.writeHead(404).end('Not Found');
      return true;
    }
    const target = new URL(back);
    if (world.signedInUser === null) target.searchParams.set('error', 'access_denied');
    else {
      const code = randomUUID();
      world.signInCodes.set(code, { account: world.signedInUser, app });
      target.searchParams.set('code', code);
    }
    const state = url.searchParams.get('state');
    if (state !== null) target.searchParams.set('state', state);
    response.writeHead(302, { location: target.href }).end();
    return true;
  }
  if (url.pathname !== '/login/oauth/access_token' || request.method !== 'POST') return false;
  const text = (await readBytes(request)).toString();
  const isJson = /json/.test(request.headers['content-type'] ?? '');
  const given = isJson ? new Map<string, unknown>(Object.entries(JSON.parse(text))) : new URLSearchParams(text);
  const code = String(given.get('code'));
  const known = world.signInCodes.get(code);
  world.signInCodes.delete(code);
  const isApp = known !== undefined && given.get('client_id') === known.app.clientId;
  // Errors come with 200. [GitHub docs, "Troubleshooting OAuth app access token request errors"]
  let answer: Record<string, string>;
  if (isApp && given.get('client_secret') !== known.app.clientSecret) {
    answer = {
      error: 'incorrect_client_credentials',
      error_description: 'The client_id and/or client_secret passed are incorrect.',
    };
  } else if (isApp) {
    const token = makeToken('ghu_');
    world.userTokens.set(token, { token, account: known.account, app: known.app });
    answer = { access_token: token, token_type: 'bearer', scope: '' };
  } else {
    answer = { error: 'bad_verification_code', error_description: 'The code passed is incorrect or expired.' };
  }
  const wantsJson = /json/.test(request.headers.accept ?? '');
  response.writeHead(200, { 'content-type': wantsJson ? 'application/json' : 'application/x-www-form-urlencoded' });
  response.end(wantsJson ? JSON.stringify(answer) : new URLSearchParams(answer).toString());
  return true;
};

/** `POST /settings/apps/new` with a manifest: registers the App and leads back with the code. */
export const manifestDoor: Door = async (world, request, response, url) => {
  const found = /^(?:\/organizations\/([^/]+))?\/settings\/apps\/new$/.exec(url.pathname);
  if (found === null || request.method !== 'POST') return false;
  const form = new URLSearchParams((await readBytes(request)).toString());
  const manifest = JSON.parse(form.get('manifest') ?? '{}');
  const owner = found[1] ?? world.signedInUser?.login;
  const app = makeApp(world, {
    name: manifest.name,
    slug: String(manifest.name)
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-'),
    webhookUrl: manifest.hook_attributes?.url ?? null,
    secret: makeToken(''),
    permissions: manifest.default_permissions ?? {},
    events: manifest.default_events ?? [],
    ...(owner === undefined ? {} : { owner }),
  });
  const code = randomUUID().replaceAll('-', '');
  world.manifestCodes.set(code, app);
  const back = new URL(manifest.redirect_url);
  back.searchParams.set('code', code);
  const state = url.searchParams.get('state');
  if (state !== null) back.searchParams.set('state', state);
  response.writeHead(302, { location: back.href }).end();
  return true;
};
