import { describe, expect, it } from 'vitest';
import { type Environment, readServiceSettings, secretsOf } from '../../../app/settings/service.ts';

const PEM = '-----BEGIN RSA PRIVATE KEY-----\\nabc\\n-----END RSA PRIVATE KEY-----';

describe('the settings of the service', () => {
  it('start on this machine alone with none of them set', () => {
    expect(readServiceSettings({}, 3)).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      redisUrl: null,
      databaseUrl: null,
      artifactsUrl: null,
      app: null,
      logLevel: 'info',
      slots: 3,
      leaseMs: 30_000,
      drainMs: 25_000,
    });
    expect(readServiceSettings({ PORT: '', REDIS_URL: ' ' }).redisUrl).toBeNull();
  });

  it('take what fits, a zero and line ends written as \\n', () => {
    const settings = readServiceSettings({
      PORT: '0',
      PUBLIC_URL: 'https://glb.example.org/',
      DATABASE_URL: 'postgresql://a:b@h/db',
      REDIS_URL: 'rediss://h:1',
      ARTIFACTS_URL: 's3://b/p',
      APP_ID: '12',
      PRIVATE_KEY: PEM,
      WEBHOOK_SECRET: 's',
      DRAIN_SECONDS: '0',
      DATA_DIR: '/data',
    });
    expect(settings).toMatchObject({
      port: 0,
      publicUrl: 'https://glb.example.org',
      dataDir: '/data',
      drainMs: 0,
      app: { id: 12, webhookSecret: 's' },
    });
    expect(settings.app?.privateKey.split('\n')).toHaveLength(3);
  });

  it.each<[string, Environment, RegExp]>([
    ['a port that is none', { PORT: '80a' }, /PORT: expected a whole number from 0 to 65535, found "80a"/],
    ['an http URL in place of Redis', { REDIS_URL: 'http://h' }, /REDIS_URL: expected a URL such as redis:\/\//],
    ['a database that is a path', { DATABASE_URL: 'db.sqlite' }, /DATABASE_URL: expected a URL such as postgres:/],
    ['a level that is none', { LOG_LEVEL: 'loud' }, /LOG_LEVEL: expected one of trace.*found "loud"/],
    ['a host with a protocol', { GHE_HOST: 'https://git.example.org' }, /GHE_HOST: expected a host name/],
    ['a short token', { ADMIN_TOKEN: 'short' }, /ADMIN_TOKEN: expected at least 16 characters/],
    ['pictures nowhere', { PICTURES: 'cloud' }, /PICTURES: expected one of branch, server, none, found "cloud"/],
    ['pictures on a server without a name', { PICTURES: 'server' }, /PUBLIC_URL: expected the address/],
    [
      'pictures on servers that share no secret',
      { PICTURES: 'server', PUBLIC_URL: 'https://glb.example.org', DATABASE_URL: 'postgres://h/db' },
      /SESSION_SECRET: expected the same on all machines/,
    ],
    ['a history that sweeps outlive', { HISTORY_DAYS: '6' }, /HISTORY_DAYS: expected a whole number from 7 to 36500/],
    [
      'a history that uploads outlive',
      { HISTORY_DAYS: '9', UPLOAD_HOURS: '217' },
      /HISTORY_DAYS: expected at least UPLOAD_HOURS, so 10 or more, found "9"/,
    ],
    ['half an App', { APP_ID: '1' }, /PRIVATE_KEY: expected[\s\S]*WEBHOOK_SECRET: expected/],
  ])('refuse %s, and say what to write', (_sentence, env, message) => {
    expect(() => readServiceSettings(env)).toThrow(message);
  });

  it('know passwords as they are written and as they are sent', () => {
    const settings = readServiceSettings({
      REDIS_URL: 'redis://:50%25-off@h',
      DATABASE_URL: 'postgres://a:100%sure@h/d',
    });
    expect(secretsOf(settings)).toEqual(['50%25-off', '50%-off', '100%sure']);
    expect(readServiceSettings({ HISTORY_DAYS: '9', UPLOAD_HOURS: '216' }).historyDays).toBe(9);
  });

  it('name all mistakes at once, and never show a secret', () => {
    const read = () =>
      readServiceSettings({
        PORT: 'x',
        DATABASE_URL: 'mysql://user:hunter2@h',
        ADMIN_TOKEN: 'hunter2',
        PRIVATE_KEY: 'hunter2',
      });
    expect(read).toThrow(/PORT[\s\S]*ADMIN_TOKEN[\s\S]*DATABASE_URL|PORT[\s\S]*DATABASE_URL|ADMIN_TOKEN[\s\S]*PORT/);
    expect(read).not.toThrow(/hunter2/);
  });
});
