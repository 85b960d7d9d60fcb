import { describe, expect, it } from 'vitest';
import { browserCandidates, findBrowser } from '../../../app/renderer/browser-path.ts';

const there =
  (...files: string[]) =>
  (file: string) =>
    files.includes(file);

describe('browserCandidates', () => {
  it.each([
    [
      'a named browser comes before all others',
      { CHROME_PATH: '/my/chrome', PATH: '/usr/bin' },
      ['/my/chrome', '/usr/bin/chromium'],
    ],
    [
      'a name that leads nowhere is passed over',
      { CHROME_PATH: '/gone/chrome', PATH: '/usr/bin' },
      ['/usr/bin/chromium'],
    ],
    [
      'the path is searched in its own order',
      { PATH: '/opt/bin:/usr/bin' },
      ['/opt/bin/chromium', '/usr/bin/chromium'],
    ],
    ['nothing set, nothing found', {}, []],
  ])('%s', (_sentence, env, expected) => {
    const exists = there('/my/chrome', '/usr/bin/chromium', '/opt/bin/chromium');
    expect(browserCandidates(env, 'linux', exists)).toEqual(expected);
  });

  it('prefers the Chrome that Ubuntu lets use its sandbox', () => {
    const exists = there('/usr/bin/chromium', '/opt/google/chrome/chrome');
    expect(browserCandidates({ PATH: '/usr/bin' }, 'linux', exists)[0]).toBe('/opt/google/chrome/chrome');
  });
});

describe('findBrowser', () => {
  it('says what to install when there is none', () => {
    expect(() => findBrowser('/nowhere/chrome', {})).toThrow('no browser at /nowhere/chrome');
  });
});
