/** The service's settings: from the environment, checked all at once, each error with what to write. */
import { availableParallelism, homedir } from 'node:os';
import path from 'node:path';
import { BotError } from '../../src/index.ts';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const PICTURES = ['branch', 'server', 'none'] as const;

/** What the service is told by its surroundings. */
export interface ServiceSettings {
  readonly port: number;
  readonly host: string;
  /** Where people reach the pages; null: derived from host and port. Ends without `/`. */
  readonly publicUrl: string | null;
  readonly redisUrl: string | null;
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  /** `s3://bucket/prefix?endpoint=…&region=…`; null: a folder in the data directory. */
  readonly artifactsUrl: string | null;
  /** All three, or none: `/setup` makes them. */
  readonly app: { readonly id: number; readonly privateKey: string; readonly webhookSecret: string } | null;
  /** For sign-in with GitHub; `/setup` makes both. */
  readonly client: { readonly id: string; readonly secret: string } | null;
  readonly gheHost: string | null;
  /** `http` is for tests: tokens travel in the clear. */
  readonly gheProtocol: 'https' | 'http';
  /** Where the pictures of comments live. */
  readonly pictures: 'branch' | 'server' | 'none';
  readonly adminToken: string | null;
  /** Signs sessions and links; null: a file in the data directory. */
  readonly sessionSecret: string | null;
  /** All files of one upload together. */
  readonly uploadLimitBytes: number;
  /** How long results of uploads are shown. */
  readonly uploadKeptMs: number;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** Assets under way at once on this machine. */
  readonly slots: number;
  readonly drainMs: number;
  readonly leaseMs: number;
  readonly artifactDays: number;
  readonly historyDays: number;
  /** As it is. The browser takes from it only what it needs. */
  readonly environment: Environment;
}

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Every variable, and what it is for: the table of docs/operations.md. */
export const VARIABLES = Object.freeze({
  PORT: 'port of the web server (3000)',
  HOST: 'address it listens on (127.0.0.1; in a container 0.0.0.0)',
  PUBLIC_URL: 'where people and GitHub reach it, such as https://glb.example.org',
  REDIS_URL: 'Redis for the first tier, such as redis://localhost:6379',
  DATABASE_URL:
    'Postgres for the ledger, such as postgres://user:password@localhost:5432/glb; SQLite in DATA_DIR without it',
  DATA_DIR: 'folder of ledger, spool and artifacts (~/.local/share/glb-optimizer)',
  ARTIFACTS_URL:
    'bucket for artifacts, such as s3://bucket/prefix?region=eu-central-1; a folder in DATA_DIR without it',
  APP_ID: 'number of the GitHub App',
  PRIVATE_KEY: 'its private key in PEM, with line ends or with \\n in their places',
  WEBHOOK_SECRET: 'the secret that GitHub signs webhooks with',
  CLIENT_ID: 'client id of the GitHub App, for sign-in; from /setup without it',
  CLIENT_SECRET: 'a client secret of the GitHub App, for sign-in',
  GHE_HOST: 'host of a GitHub Enterprise Server, such as github.example.org',
  GHE_PROTOCOL: 'https, or http for a server of a test (https)',
  PICTURES:
    'where pictures of comments live: branch (of the repository), server (by links that anybody with the address can open; needs PUBLIC_URL), none (branch)',
  ADMIN_TOKEN: 'opens all pages for the operator; at least 16 characters',
  SESSION_SECRET:
    'signs sessions and links, at least 32 characters; the same on all machines (a file in DATA_DIR without it)',
  UPLOAD_LIMIT_MB: 'how large one upload may be, in MB of 1,000,000 bytes (536)',
  UPLOAD_HOURS: 'how long results of uploads are shown (24)',
  LOG_LEVEL: `${LOG_LEVELS.join(', ')} (info)`,
  WORKER_SLOTS: 'assets under way at once on this machine (its processors)',
  DRAIN_SECONDS: 'how long a stopping worker may finish what it has (25)',
  LEASE_SECONDS: 'how long a silent worker keeps a job (30)',
  ARTIFACT_DAYS: 'how long artifacts are kept (30)',
  HISTORY_DAYS:
    'how long finished jobs and their reports are kept, at least 7 and at least UPLOAD_HOURS; sums by day stay (365)',
});

/** Reads the settings; throws `SETTINGS_INVALID` with one line for each mistake. */
export function readServiceSettings(
  env: Environment,
  processorCount: number = availableParallelism(),
): ServiceSettings {
  const wrong: string[] = [];
  // A secret is never shown, not even a wrong one.
  const say = (name: keyof typeof VARIABLES, expected: string, received?: string) =>
    wrong.push(
      `${name}: expected ${expected}${received === undefined ? '' : `, found ${JSON.stringify(received.slice(0, 60))}`}.`,
    );
  const text = (name: keyof typeof VARIABLES): string | null => {
    const value = env[name]?.trim();
    return value === undefined || value === '' ? null : value;
  };
  const whole = (name: keyof typeof VARIABLES, usual: number, min: number, max: number): number => {
    const value = text(name);
    if (value === null) return usual;
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= min && number <= max) return number;
    say(name, `a whole number from ${min} to ${max}`, value);
    return usual;
  };
  const url = (name: keyof typeof VARIABLES, protocols: readonly string[], example: string): string | null => {
    const value = text(name);
    if (value === null) return null;
    const parsed = URL.canParse(value) ? new URL(value) : undefined;
    if (parsed !== undefined && protocols.includes(parsed.protocol) && parsed.host !== '') return value;
    // May carry a password.
    say(name, `a URL such as ${example}`);
    return null;
  };
  const publicUrl = url('PUBLIC_URL', ['http:', 'https:'], 'https://glb.example.org');
  const gheHost = text('GHE_HOST');
  if (gheHost !== null && !/^[a-z0-9.-]+(:\d+)?$/i.test(gheHost))
    say('GHE_HOST', 'a host name such as github.example.org', gheHost);
  const gheProtocol = text('GHE_PROTOCOL') ?? 'https';
  if (gheProtocol !== 'https' && gheProtocol !== 'http') say('GHE_PROTOCOL', 'https or http', gheProtocol);
  const pictures = PICTURES.find((name) => name === (text('PICTURES') ?? 'branch'));
  if (pictures === undefined) say('PICTURES', `one of ${PICTURES.join(', ')}`, text('PICTURES') ?? '');
  if (pictures === 'server' && publicUrl === null) say('PUBLIC_URL', 'the address of the server that PICTURES names');
  const adminToken = text('ADMIN_TOKEN');
  if (adminToken !== null && adminToken.length < 16) say('ADMIN_TOKEN', 'at least 16 characters: it opens everything');
  const sessionSecret = text('SESSION_SECRET');
  if (sessionSecret !== null && sessionSecret.length < 32)
    say('SESSION_SECRET', 'at least 32 characters that nobody knows');
  // Workers on other machines sign the links to pictures that this one opens.
  if (pictures === 'server' && text('DATABASE_URL') !== null && sessionSecret === null)
    say('SESSION_SECRET', 'the same on all machines, for PICTURES=server signs links with it');
  const level = text('LOG_LEVEL') ?? 'info';
  const logLevel = LOG_LEVELS.find((name) => name === level);
  if (logLevel === undefined) say('LOG_LEVEL', `one of ${LOG_LEVELS.join(', ')}`, level);
  const uploadHours = whole('UPLOAD_HOURS', 24, 1, 24 * 365);
  // A sweep looks back three days, and knows by the jobs that are kept what was reviewed.
  const historyDays = whole('HISTORY_DAYS', 365, 7, 36_500);
  if (historyDays * 24 < uploadHours)
    say('HISTORY_DAYS', `at least UPLOAD_HOURS, so ${Math.ceil(uploadHours / 24)} or more`, String(historyDays));
  const settings: ServiceSettings = {
    port: whole('PORT', 3000, 0, 65_535),
    host: text('HOST') ?? '127.0.0.1',
    publicUrl: publicUrl === null ? null : publicUrl.replace(/\/+$/, ''),
    redisUrl: url('REDIS_URL', ['redis:', 'rediss:'], 'redis://localhost:6379'),
    databaseUrl: url('DATABASE_URL', ['postgres:', 'postgresql:'], 'postgres://user:password@localhost:5432/glb'),
    dataDir: path.resolve(
      text('DATA_DIR') ?? path.join(filled(env.XDG_DATA_HOME) ?? path.join(homedir(), '.local/share'), 'glb-optimizer'),
    ),
    artifactsUrl: url('ARTIFACTS_URL', ['s3:'], 's3://bucket/prefix?region=eu-central-1'),
    app: readApp(text, say),
    client: readClient(text, say),
    gheHost,
    gheProtocol: gheProtocol === 'http' ? 'http' : 'https',
    pictures: pictures ?? 'branch',
    adminToken,
    sessionSecret,
    uploadLimitBytes: whole('UPLOAD_LIMIT_MB', UPLOAD_LIMIT_MB, 1, UPLOAD_LIMIT_MB) * 1_000_000,
    uploadKeptMs: uploadHours * 3_600_000,
    logLevel: logLevel ?? 'info',
    slots: whole('WORKER_SLOTS', Math.max(1, processorCount), 1, 256),
    drainMs: whole('DRAIN_SECONDS', 25, 0, 3600) * 1000,
    leaseMs: whole('LEASE_SECONDS', 30, 3, 3600) * 1000,
    artifactDays: whole('ARTIFACT_DAYS', 30, 1, 3650),
    historyDays,
    environment: env,
  };
  if (wrong.length === 0) return settings;
  throw new BotError('SETTINGS_INVALID', `the environment does not fit:\n${wrong.join('\n')}`, {
    hint: 'Unset a variable to get what it is without.',
  });
}

/** What must not be read in a log: of the settings, and what else the environment may hold of ours. */
export function secretsOf({ app, client, adminToken, sessionSecret, environment }: ServiceSettings): readonly string[] {
  const passwords = ['REDIS_URL', 'DATABASE_URL'].flatMap((name) => {
    const url = environment[name];
    return url !== undefined && URL.canParse(url) ? bothForms(new URL(url).password) : [];
  });
  const keys = ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'].map((name) => environment[name]);
  const own = [app?.privateKey, app?.webhookSecret, client?.secret, adminToken, sessionSecret];
  return [...own, ...keys, ...passwords].filter((secret) => typeof secret === 'string' && secret !== '') as string[];
}

/** As it is written in a URL, and as it is sent; where a lone `%` stands, nothing is encoded. */
function bothForms(password: string): readonly string[] {
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}

// One file may hold 512 MiB unless the operator says otherwise (docs/limits.md); several together no more.
const UPLOAD_LIMIT_MB = 536;

type Say = (name: keyof typeof VARIABLES, expected: string, received?: string) => void;

function readApp(text: (name: keyof typeof VARIABLES) => string | null, say: Say): ServiceSettings['app'] {
  const [id, key, webhookSecret] = [text('APP_ID'), text('PRIVATE_KEY'), text('WEBHOOK_SECRET')];
  if (id === null && key === null && webhookSecret === null) return null;
  if (id === null || !/^[1-9]\d*$/.test(id))
    say('APP_ID', 'the number of the App, as its settings page shows it', id ?? '');
  // Where a variable cannot hold line ends, people write \n.
  const privateKey = key?.replaceAll('\\n', '\n') ?? '';
  if (!/^-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]+-----END [A-Z ]*PRIVATE KEY-----$/.test(privateKey))
    say('PRIVATE_KEY', 'the text of the .pem file, from -----BEGIN to -----END');
  if (webhookSecret === null)
    say('WEBHOOK_SECRET', 'the secret of the webhook: without it, anybody could send us work');
  return { id: Number(id), privateKey, webhookSecret: webhookSecret ?? '' };
}

function readClient(text: (name: keyof typeof VARIABLES) => string | null, say: Say): ServiceSettings['client'] {
  const [id, secret] = [text('CLIENT_ID'), text('CLIENT_SECRET')];
  if (id === null && secret === null) return null;
  if (id === null) say('CLIENT_ID', 'the client id of the App, as its settings page shows it');
  if (secret === null) say('CLIENT_SECRET', 'a client secret of the App: without it, nobody can sign in');
  return { id: id ?? '', secret: secret ?? '' };
}

function filled(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value;
}
