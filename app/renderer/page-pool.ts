/** Warm pages, each in its own browser. One studio has a page at a time; the others wait. */
import type { Page } from 'puppeteer-core';
import { messageOf } from '../../src/index.ts';
import { findBrowser } from './browser-path.ts';
import { type GlBackEnd, type Launched, launchBrowser } from './launch.ts';
import { openPageServer, type PageServer } from './page-server.ts';

/** How browsers are started. */
export interface PoolOptions {
  readonly viewerDirectory: string;
  readonly browserPath: string | undefined;
  readonly gl: 'auto' | GlBackEnd;
  readonly poolSize: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly startTimeoutMs: number;
}

/** A page that is yours until you give it back. */
export interface LentPage {
  readonly page: Page;
  readonly server: PageServer;
  /** Browser and GL back end. */
  readonly rendererName: string;
  /** Settles with the reason when the page or its browser dies. */
  readonly died: Promise<string>;
  /** Gives the page back. `false` when it may be stuck: its browser is killed, and the next borrower gets a new one. */
  giveBack(healthy: boolean): Promise<void>;
}

/** Lends pages. */
export interface PagePool {
  /** Of the browser that was started last; null before the first. */
  isSandboxed(): boolean | null;
  borrow(signal: AbortSignal): Promise<LentPage>;
  close(): Promise<void>;
}

/** A page is replaced after so many assets, so that a leak in a driver never grows large. */
const LOANS_PER_BROWSER = 60;

interface Warm {
  readonly launched: Launched;
  readonly page: Page;
  readonly died: Promise<string>;
  loans: number;
  dead: boolean;
}

/** Makes a pool. Nothing starts before the first loan. */
export function createPagePool(options: PoolOptions): PagePool {
  let server: Promise<PageServer> | null = null;
  let closed = false;
  let isSandboxed: boolean | null = null;
  let busy = 0;
  const idle: Warm[] = [];
  const all = new Set<Warm>();
  const waiting: (() => void)[] = [];

  async function seat(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (busy < options.poolSize) {
      busy++;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const turn = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        waiting.splice(waiting.indexOf(turn), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      waiting.push(turn);
    });
  }

  /** Hands the seat to the next in line. */
  function leaveSeat(): void {
    const next = waiting.shift();
    if (next) next();
    else busy--;
  }

  async function warmPage(base: PageServer): Promise<Warm> {
    for (let warm = idle.pop(); warm; warm = idle.pop()) {
      if (!warm.dead && warm.launched.browser.connected) return warm;
      await end(warm);
    }
    const warm = await startPage(options, base);
    isSandboxed = warm.launched.isSandboxed;
    all.add(warm);
    return warm;
  }

  async function end(warm: Warm): Promise<void> {
    warm.dead = true;
    all.delete(warm);
    const { browser } = warm.launched;
    // A stuck browser does not answer a polite close.
    const killer = setTimeout(() => browser.process()?.kill('SIGKILL'), 3000);
    await browser.close().catch(() => {});
    clearTimeout(killer);
  }

  return {
    isSandboxed: () => isSandboxed,
    async borrow(signal) {
      if (closed) throw new Error('the renderer is closed');
      await seat(signal);
      try {
        server ??= openPageServer(options.viewerDirectory);
        const base = await server;
        const warm = await warmPage(base);
        warm.loans++;
        let lent = true;
        return {
          page: warm.page,
          server: base,
          rendererName: warm.launched.name,
          died: warm.died,
          async giveBack(healthy) {
            if (!lent) return;
            lent = false;
            if (healthy && !warm.dead && !closed && warm.loans < LOANS_PER_BROWSER) idle.push(warm);
            else {
              if (!healthy) warm.launched.browser.process()?.kill('SIGKILL');
              await end(warm);
            }
            leaveSeat();
          },
        };
      } catch (failure) {
        leaveSeat();
        throw failure;
      }
    },
    async close() {
      closed = true;
      await Promise.all([...all].map(end));
      await (await server?.catch(() => null))?.close();
      server = null;
    },
  };
}

async function startPage(options: PoolOptions, server: PageServer): Promise<Warm> {
  const executable = findBrowser(options.browserPath, options.env);
  const launched = await launchBrowser(executable, options.gl, options.env, new URL(server.base).host);
  const { browser } = launched;
  try {
    const page = (await browser.pages())[0] ?? (await browser.newPage());
    const died = new Promise<string>((resolve) => {
      page.once('error', (failure) => resolve(`the page crashed: ${messageOf(failure)}`));
      browser.once('disconnected', () => resolve('the browser ended'));
    });
    const warm: Warm = { launched, page, died, loans: 0, dead: false };
    died.then(() => {
      warm.dead = true;
    });
    // The fourth lock on the door, after the proxy, the resolver rules and the page's own policy.
    await page.setRequestInterception(true);
    page.on('request', (request) => {
      const allowed = request.url().startsWith(server.base) || /^(data|blob):/.test(request.url());
      (allowed ? request.continue() : request.abort('blockedbyclient')).catch(() => {});
    });
    await page.goto(`${server.base}headless.html`, { waitUntil: 'load', timeout: options.startTimeoutMs });
    await page.waitForFunction(() => window.studio !== undefined || window.studioFailure !== undefined, {
      timeout: options.startTimeoutMs,
    });
    const failure = await page.evaluate(() => window.studioFailure);
    if (failure !== undefined) throw new Error(`the viewer's page did not start: ${failure}`);
    return warm;
  } catch (failure) {
    await browser.close().catch(() => {});
    throw failure;
  }
}
