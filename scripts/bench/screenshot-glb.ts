/** `@shopify/screenshot-glb`, installed into a temporary folder without the browser that its puppeteer would download. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { messageOf } from '../../src/index.ts';
import type { Contender } from './contenders.ts';

const NAME = '@shopify/screenshot-glb';
const VERSION = '4.2.1';
// It waits for an event that newer versions send before it listens.
const VIEWER = '@google/model-viewer';
const VIEWER_VERSION = '1.12.1';

/** The program and its environment; or why it is not here. */
export type Peer =
  | { readonly kind: 'there'; readonly contender: Contender; readonly env: Readonly<Record<string, string>> }
  | { readonly kind: 'missing'; readonly why: string };

/** Installs it, with a browser of this machine. Chrome has no WebGL without a GPU unless it is told to; what ours draws with is `gl`. */
export function installScreenshotGlb(browserPath: string, flags: readonly string[]): Peer {
  const folder = path.join(tmpdir(), `glb-bench-screenshot-glb-${VERSION}`);
  const at = (name: string) => path.join(folder, 'node_modules', name);
  try {
    if (!existsSync(at(VIEWER)) || !existsSync(at(NAME))) {
      mkdirSync(folder, { recursive: true });
      const words = ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--silent'];
      execFileSync('npm', [...words, `${NAME}@${VERSION}`, `${VIEWER}@${VIEWER_VERSION}`], {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
    }
  } catch (thrown) {
    return { kind: 'missing', why: `npm cannot install it: ${messageOf(thrown).split('\n')[0]}` };
  }
  const browser = path.join(folder, 'chrome.sh');
  writeFileSync(browser, `#!/bin/sh\nexec "${browserPath}" "$@" ${flags.join(' ')}\n`);
  chmodSync(browser, 0o755);
  const fixed = ['-f', 'image/png', '--enable_gpu', '-p', at(`${VIEWER}/dist/model-viewer.min.js`)];
  return {
    kind: 'there',
    contender: {
      name: `${NAME} ${VERSION} with model-viewer ${VIEWER_VERSION}`,
      program: at(`${NAME}/dist/cli.js`),
      args: (input, output) => ['-i', input, '-o', output, ...fixed],
    },
    env: { PUPPETEER_EXECUTABLE_PATH: browser },
  };
}
