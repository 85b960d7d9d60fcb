/** Finds a Chrome or Chromium. puppeteer-core looks only at Google Chrome's own folder, and reads no variables. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { BotError } from '../../src/index.ts';

/** The variables that may name a browser, in this order. */
const VARIABLES = ['GLB_OPTIMIZER_BROWSER', 'PUPPETEER_EXECUTABLE_PATH', 'CHROME_PATH', 'CHROME_BIN'] as const;

const NAMES = [
  'google-chrome-stable',
  'google-chrome',
  'chromium',
  'chromium-browser',
  'chrome-headless-shell',
  'chrome',
];

/** Every browser found on this machine, the best first. */
export function browserCandidates(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
  exists: (file: string) => boolean = existsSync,
): string[] {
  const named = VARIABLES.map((name) => env[name]);
  const onPath = (env.PATH ?? '').split(path.delimiter).filter(Boolean);
  const found = [
    ...named,
    ...fixedPlaces(env, platform),
    ...onPath.flatMap((dir) => NAMES.map((name) => path.join(dir, name))),
  ];
  return [...new Set(found.filter((file): file is string => file !== undefined && file !== '' && exists(file)))];
}

function fixedPlaces(env: Readonly<Record<string, string | undefined>>, platform: NodeJS.Platform): string[] {
  if (platform === 'darwin') {
    return ['Google Chrome', 'Chromium'].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`);
  }
  if (platform === 'win32') {
    return [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA]
      .filter((dir): dir is string => dir !== undefined && dir !== '')
      .map((dir) => path.join(dir, 'Google/Chrome/Application/chrome.exe'));
  }
  // Only this Chrome has an AppArmor profile with user namespaces on Ubuntu 23.10 and later (puppeteer#12818).
  return ['/opt/google/chrome/chrome'];
}

/** The browser to use: the one given, else the first found. Throws a sentence that says what to install. */
export function findBrowser(given: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  if (given !== undefined) {
    if (existsSync(given)) return given;
    throw new BotError('RENDERER_FAILED', `there is no browser at ${given.replace(homedir(), '~')}`);
  }
  const first = browserCandidates(env)[0];
  if (first !== undefined) return first;
  throw new BotError('RENDERER_FAILED', 'no Chrome or Chromium was found.', {
    hint: 'Install one (`apt-get install chromium`, or `npx @puppeteer/browsers install chrome-headless-shell`) and name it in CHROME_PATH.',
  });
}
