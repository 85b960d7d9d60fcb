/** Starts a browser that has WebGL without a GPU, no network and none of our secrets. */
import path from 'node:path';
import type { Browser } from 'puppeteer-core';
import { messageOf } from '../../src/index.ts';

/** Which software draws: SwiftShader is inside every Chrome, llvmpipe is Mesa's and two to three times faster. */
export type GlBackEnd = 'swiftshader' | 'llvmpipe';

/** A running browser. */
export interface Launched {
  readonly browser: Browser;
  readonly gl: GlBackEnd;
  /** Such as `Chromium 156.0.8078.79, SwiftShader`. */
  readonly name: string;
  /** Whether Chrome's own sandbox stands between its pages and this machine. */
  readonly isSandboxed: boolean;
}

const BASE_ARGUMENTS = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1', // the page cannot reach any host
  '--ignore-gpu-blocklist',
  '--force-color-profile=srgb',
  '--hide-scrollbars',
  '--mute-audio',
];

const GL_ARGUMENTS: Readonly<Record<GlBackEnd, readonly string[]>> = {
  // Chrome has had no automatic SwiftShader since 144: it must be asked for.
  swiftshader: ['--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
  llvmpipe: ['--use-angle=gl-egl'],
};

/** What a browser needs of the environment; tokens and keys stay here. */
const PASSED_VARIABLES = [
  'PATH',
  'HOME',
  'TMPDIR',
  'TEMP',
  'TMP',
  'LANG',
  'LC_ALL',
  'TZ',
  'XDG_RUNTIME_DIR',
  'XDG_CACHE_HOME',
  'XDG_CONFIG_HOME',
  'LD_LIBRARY_PATH',
  'MESA_SHADER_CACHE_DIR',
  'SYSTEMROOT',
  'LOCALAPPDATA',
  'APPDATA',
  'PROGRAMFILES',
  'USERPROFILE',
];

/**
 * Lets a browser talk to one port of this machine and to nobody else: its network process sends all the rest to a proxy
 * that is not there. Pages, workers and sockets alike, whatever a page has been made to run.
 * [chromium net/docs/proxy.md: `<-loopback>` takes loopback out of what is never proxied; the last rule that fits wins]
 */
function onlyTo(reachable: string): readonly string[] {
  return [
    '--proxy-server=http://127.0.0.1:1',
    `--proxy-bypass-list=<-loopback>;${reachable}`,
    // WebRTC does not ask proxies unless it is told to.
    '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
  ];
}

/** Starts a browser. `auto` tries llvmpipe on Linux and falls back to SwiftShader. `reachable` is the one `host:port` that it may talk to. */
export async function launchBrowser(
  executablePath: string,
  gl: 'auto' | GlBackEnd,
  env: Readonly<Record<string, string | undefined>>,
  reachable?: string,
): Promise<Launched> {
  const network = reachable === undefined ? [] : onlyTo(reachable);
  if (gl === 'auto') {
    const fast =
      process.platform === 'linux'
        ? await launchWith(executablePath, 'llvmpipe', env, network).catch(() => null)
        : null;
    return fast ?? launchWith(executablePath, 'swiftshader', env, network);
  }
  return launchWith(executablePath, gl, env, network);
}

async function launchWith(
  executablePath: string,
  gl: GlBackEnd,
  env: Readonly<Record<string, string | undefined>>,
  network: readonly string[],
): Promise<Launched> {
  const passed = Object.fromEntries(PASSED_VARIABLES.map((name) => [name, env[name]]).filter(([, value]) => value));
  // Only now: it takes a tenth of a second, and whoever starts waits for no browser.
  const { default: puppeteer } = await import('puppeteer-core');
  const start = (sandbox: boolean) =>
    puppeteer.launch({
      executablePath,
      headless: path.basename(executablePath).includes('headless') ? 'shell' : true,
      args: [...BASE_ARGUMENTS, ...network, ...GL_ARGUMENTS[gl], ...(sandbox ? [] : ['--no-sandbox'])],
      env: gl === 'llvmpipe' ? { ...passed, LIBGL_ALWAYS_SOFTWARE: '1', GALLIUM_DRIVER: 'llvmpipe' } : passed,
      // Chrome ends when its pipe does: no browser outlives us, whatever ends us.
      pipe: true,
      protocolTimeout: 600_000, // ours are shorter
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
  // Chrome refuses to run as root with its sandbox; elsewhere it stays on unless the machine cannot do it.
  const root = process.getuid?.() === 0;
  let isSandboxed = !root;
  const browser = await start(isSandboxed).catch((failure: unknown) => {
    if (root || !/No usable sandbox/i.test(messageOf(failure))) throw failure;
    isSandboxed = false;
    return start(false);
  });
  try {
    const glName = await probe(browser);
    if (!glName.toLowerCase().includes(gl)) throw new Error(`WebGL is drawn by "${glName}", not by ${gl}`);
    const version = (await browser.version()).replace(/^Headless/, '').replace('/', ' ');
    const drawnBy = gl === 'llvmpipe' ? 'Mesa llvmpipe' : 'SwiftShader';
    return { browser, gl, name: `${version}, ${drawnBy}`, isSandboxed };
  } catch (failure) {
    await browser.close();
    throw failure;
  }
}

/** The name of what draws WebGL2, or a failure that says there is none. */
async function probe(browser: Browser): Promise<string> {
  const [page] = await browser.pages();
  if (page === undefined) throw new Error('the browser has no page');
  const name = await page.evaluate(() => {
    const context = document.createElement('canvas').getContext('webgl2');
    const info = context?.getExtension('WEBGL_debug_renderer_info');
    return context && info ? String(context.getParameter(info.UNMASKED_RENDERER_WEBGL)) : '';
  });
  if (name === '') throw new Error('the browser has no WebGL2');
  return name;
}
