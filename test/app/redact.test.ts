import { describe, expect, it } from 'vitest';
import { caused, causeOf, openLog, withLogFields, withOwnLogFields } from '../../app/log.ts';
import { redactor } from '../../app/redact.ts';

const KEY = '-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAK\n-----END RSA PRIVATE KEY-----';

describe('what is taken out of the log', () => {
  const redact = redactor(() => ['a token of mine', KEY, null, 'short']);
  it.each([
    ['a known secret, wherever it stands', 'got a token of mine!', 'got [secret]!'],
    ['a known secret in an address', '/x?y=a%20token%20of%20mine', '/x?y=[secret]'],
    ['a key as it is in JSON', `{"key":${JSON.stringify(KEY)}}`, '{"key":"[secret]"}'],
    ['the key of somebody else', KEY.replaceAll('MII', 'XYZ'), '[secret]'],
    ['a token of GitHub', `sent ghs_${'a1'.repeat(18)}.`, 'sent [secret].'],
    ['a header', 'Authorization: Bearer abc.def-ghi_jkl', 'Authorization: Bearer [secret]'],
    ['a password in an address', 'redis://me:hunter22@db:6379/0', 'redis://me:[secret]@db:6379/0'],
    [
      'the signature of a link',
      '/artifacts/ab?name=a.glb&until=5&sign=Zm9v',
      '/artifacts/ab?name=a.glb&until=5&sign=[secret]',
    ],
    ['the code of a sign-in', '/auth/callback?code=abc&state=def', '/auth/callback?code=[secret]&state=[secret]'],
  ])('%s', (_what, text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it('a secret that came later, such as that of an App which /setup has just stored', () => {
    const known: string[] = [];
    const redactLater = redactor(() => [...known]);
    expect(redactLater('the very secret')).toBe('the very secret');
    known.push('very secret');
    expect(redactLater('the very secret')).toBe('the [secret]');
  });

  it('leaves what is none: words, digests, names, and the way to /setup', () => {
    const text = `short chair.glb ${'ab'.repeat(32)} http://localhost:3000/setup?token=once postgres://db/glb`;
    expect(redact(text)).toBe(text);
  });
});

describe('a line of the log', () => {
  it('carries the ids of what is under way, and no secret in message or field', async () => {
    const lines: string[] = [];
    const log = openLog('info', (line) => lines.push(line), { redact: redactor(() => ['a token of mine']) });
    await withLogFields({ request: 'r1' }, async () => {
      await withLogFields({ job: '7' }, async () => log('warn', 'a token of mine', { why: 'a token of mine', n: 1 }));
      log('info', 'after');
    });
    log('info', 'outside');
    const [first, second, third] = lines.map((line) => JSON.parse(line));
    expect(first).toMatchObject({ request: 'r1', job: '7', message: '[secret]', why: '[secret]', n: 1 });
    expect([second.request, second.job, third.request]).toEqual(['r1', undefined, undefined]);
  });

  it('of a job has nothing of whoever it was started from', () => {
    const lines: string[] = [];
    const log = openLog('info', (line) => lines.push(line));
    withLogFields({ request: 'r1', job: '7' }, () => withOwnLogFields({ job: '8' }, () => log('info', 'mine')));
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ job: '8', message: 'mine' });
    expect(lines[0]).not.toContain('r1');
  });

  it('of a job knows the request that made it', () => {
    const [job] = withLogFields({ request: 'r1', delivery: 'd1', path: '/' }, () => caused([{ payload: { job: {} } }]));
    expect(job?.payload).toEqual({ job: {}, cause: { request: 'r1', delivery: 'd1' } });
    expect(causeOf(job?.payload)).toEqual({ request: 'r1', delivery: 'd1' });
    expect(causeOf({ cause: { other: 'x', request: 5 } })).toEqual({});
    expect(caused([{ payload: { job: {} } }])).toEqual([{ payload: { job: {} } }]);
  });
});
