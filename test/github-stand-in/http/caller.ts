/** Who asks: read from the `Authorization` header, tokens and JWTs really verified. */
import { createVerify } from 'node:crypto';
import type { App, InstallationToken } from '../world/app.ts';
import type { Account, UserToken, World } from '../world/world.ts';
import { ApiError } from './api-error.ts';

/** Whoever sends a request. */
export type Caller =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'app'; readonly app: App }
  | { readonly kind: 'installation'; readonly token: InstallationToken; readonly account: Account }
  | { readonly kind: 'user'; readonly token: UserToken; readonly account: Account };

/** Reads the header: `Bearer`, `token` or Basic (the password counts, as for Git). Throws 401 for a bad one. */
export function readCaller(world: World, header: string | undefined): Caller {
  if (header === undefined) return { kind: 'anonymous' };
  const [scheme = '', value = ''] = header.trim().split(/\s+/, 2);
  const secret = scheme.toLowerCase() === 'basic' ? basicPassword(value) : value;
  if (secret.split('.').length === 3) return { kind: 'app', app: verifyJwt(world, secret) };
  const installation = world.installationTokens.get(secret);
  if (installation !== undefined) {
    if (installation.expiresAtMs <= Date.now()) throw new ApiError(401, 'Bad credentials');
    return { kind: 'installation', token: installation, account: installation.installation.app.bot };
  }
  const user = world.userTokens.get(secret);
  if (user !== undefined) return { kind: 'user', token: user, account: user.account };
  throw new ApiError(401, 'Bad credentials');
}

/** A short name for logs. */
export function callerName(caller: Caller): string {
  if (caller.kind === 'anonymous') return 'anonymous';
  return caller.kind === 'app' ? `app/${caller.app.slug}` : caller.account.login;
}

function basicPassword(value: string): string {
  const text = Buffer.from(value, 'base64').toString();
  const [user = '', ...rest] = text.split(':');
  const password = rest.join(':');
  // A token may also stand where the user name is.
  return password === '' || password === 'x-oauth-basic' ? user : password;
}

// [GitHub docs, "Generating a JSON Web Token"] At most ten minutes ahead; 60 s for clocks that drift.
const JWT_LIFE_LIMIT_S = 600;
const CLOCK_DRIFT_S = 60;

function verifyJwt(world: World, jwt: string): App {
  const [head = '', claims = '', signature = ''] = jwt.split('.');
  const { alg } = decode(head);
  const { iss, iat, exp } = decode(claims);
  if (alg !== 'RS256') throw new ApiError(401, 'A JSON web token could not be decoded');
  const app = [...world.apps.values()].find(({ id, clientId }) => String(iss) === String(id) || iss === clientId);
  if (app === undefined) throw new ApiError(401, "'Issuer' claim ('iss') must be an Integer");
  const nowS = Date.now() / 1000;
  if (typeof exp !== 'number' || exp < nowS) {
    throw new ApiError(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (typeof iat !== 'number' || iat > nowS + CLOCK_DRIFT_S) {
    throw new ApiError(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
  if (exp > nowS + JWT_LIFE_LIMIT_S + CLOCK_DRIFT_S) {
    throw new ApiError(401, "'Expiration time' claim ('exp') is too far in the future");
  }
  const isGenuine = createVerify('RSA-SHA256')
    .update(`${head}.${claims}`)
    .verify(app.publicKey, signature, 'base64url');
  if (!isGenuine) throw new ApiError(401, 'A JSON web token could not be decoded');
  return app;
}

function decode(part: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch {
    // Not JSON: the answer below says so.
  }
  throw new ApiError(401, 'A JSON web token could not be decoded');
}
