/** Draws GLBs in a headless Chromium: one warm page, the scene that people see, no network. */
import type { Page } from 'puppeteer-core';
import type { GlbFile, NotRendered, Renderer, Studio } from '../../src/index.ts';
import { BotError, messageOf } from '../../src/index.ts';
import type { PageFile } from '../../viewer/page-protocol.ts';
import type { GlBackEnd } from './launch.ts';
import { createPagePool, type LentPage } from './page-pool.ts';
import { findViewerDirectory } from './page-server.ts';

/** How the renderer works. All have defaults. */
export interface ChromiumOptions {
  /** The browser's file; found by itself when left out. */
  readonly browserPath?: string | undefined;
  /** `auto` takes Mesa's llvmpipe where it runs, else SwiftShader, which runs everywhere. */
  readonly gl?: 'auto' | GlBackEnd;
  /** Browsers at a time, each with one asset on its table. */
  readonly poolSize?: number;
  readonly startTimeoutMs?: number;
  /** For loading the original. */
  readonly openTimeoutMs?: number;
  /** For one comparison, or for the pictures. */
  readonly drawTimeoutMs?: number;
  /** Where a browser is looked for, and what of it the browser gets. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

const CHROMIUM_DEFAULTS = Object.freeze({
  gl: 'auto',
  poolSize: 1,
  startTimeoutMs: 60_000,
  // The slowest file of the corpus (52 MB, 37 textures) takes 8 s on two cores.
  openTimeoutMs: 60_000,
  drawTimeoutMs: 120_000,
} as const);

/** A renderer that says how well its browser is locked in. */
export interface ChromiumRenderer extends Renderer {
  /** Whether Chrome's own sandbox is on: it is off for root and where the machine lacks it. Null before the first picture. */
  isSandboxed(): boolean | null;
}

/** Makes the renderer. Throws when the viewer is not built; starts no browser before the first `open`. */
export function chromiumRenderer(options: ChromiumOptions): ChromiumRenderer {
  const openTimeoutMs = options.openTimeoutMs ?? CHROMIUM_DEFAULTS.openTimeoutMs;
  const drawTimeoutMs = options.drawTimeoutMs ?? CHROMIUM_DEFAULTS.drawTimeoutMs;
  const pool = createPagePool({
    viewerDirectory: findViewerDirectory(),
    browserPath: options.browserPath,
    gl: options.gl ?? CHROMIUM_DEFAULTS.gl,
    poolSize: options.poolSize ?? CHROMIUM_DEFAULTS.poolSize,
    env: options.env,
    startTimeoutMs: options.startTimeoutMs ?? CHROMIUM_DEFAULTS.startTimeoutMs,
  });
  return {
    async open(original, signal) {
      let lent: LentPage;
      try {
        lent = await pool.borrow(signal);
      } catch (failure) {
        if (signal.aborted) throw cancelled(signal);
        return { kind: 'not-rendered', why: messageOf(failure) };
      }
      const studio = new ChromiumStudio(lent, signal, drawTimeoutMs);
      let kept = false;
      try {
        const answer = await studio.openOriginal(original, openTimeoutMs);
        kept = answer.kind === 'opened';
        return answer.kind === 'opened' ? studio : answer;
      } finally {
        if (!kept) await studio[Symbol.asyncDispose]();
      }
    },
    isSandboxed: () => pool.isSandboxed(),
    close: () => pool.close(),
  };
}

/** A class because it is opened and closed: it owns a page and the bytes offered to it. */
class ChromiumStudio implements Studio {
  readonly #lent: LentPage;
  readonly #signal: AbortSignal;
  readonly #drawTimeoutMs: number;
  readonly #offers = new Map<GlbFile, PageFile>();
  /** Calls wait for each other: the page has one canvas. */
  #line: Promise<unknown> = Promise.resolve();
  /** Why the page is lost. */
  #lost: string | null = null;

  constructor(lent: LentPage, signal: AbortSignal, drawTimeoutMs: number) {
    this.#lent = lent;
    this.#signal = signal;
    this.#drawTimeoutMs = drawTimeoutMs;
  }

  openOriginal(original: GlbFile, timeoutMs: number) {
    const file = this.#offer(original);
    return this.#ask(timeoutMs, (page) => page.evaluate((it) => window.studio?.open(it), file));
  }

  async compare(candidate: GlbFile, sizePx: 512 | 1024) {
    const file = this.#offer(candidate);
    const answer = await this.#ask(this.#drawTimeoutMs, (page) =>
      page.evaluate((it, size) => window.studio?.compare(it, size), file, sizePx),
    );
    return answer.kind === 'compared' ? { ...answer, renderer: this.#lent.rendererName } : answer;
  }

  async pictures(candidate: GlbFile, labels: Parameters<Studio['pictures']>[1]) {
    const file = this.#offer(candidate);
    const answer = await this.#ask(this.#drawTimeoutMs, (page) =>
      page.evaluate((it, texts) => window.studio?.pictures(it, texts), file, labels),
    );
    if (answer.kind === 'not-rendered') return answer;
    return { comparison: bytesOf(answer.comparison), sheet: bytesOf(answer.sheet) };
  }

  async hero(sizePx: number, format: 'webp' | 'png' = 'webp') {
    const answer = await this.#ask(this.#drawTimeoutMs, (page) =>
      page.evaluate((size, as) => window.studio?.hero(size, as), sizePx, format),
    );
    return answer.kind === 'not-rendered' ? answer : bytesOf(answer.base64);
  }

  async [Symbol.asyncDispose]() {
    if (this.#lost === null && !this.#signal.aborted) {
      await this.#ask(10_000, (page) => page.evaluate(() => window.studio?.close().then(() => ({ kind: 'closed' }))));
    }
    for (const offer of this.#offers.values()) this.#withdraw(offer);
    this.#offers.clear();
    await this.#lent.giveBack(this.#lost === null && !this.#signal.aborted);
  }

  /** Asks the page, within a time. A page that is stuck or dead is lost, and every later answer says so. */
  async #ask<T extends { readonly kind: string }>(
    timeoutMs: number,
    question: (page: Page) => Promise<T | undefined>,
  ): Promise<T | NotRendered> {
    const before = this.#line;
    const turn = Promise.withResolvers<void>();
    this.#line = turn.promise;
    await before;
    try {
      if (this.#signal.aborted) throw cancelled(this.#signal);
      if (this.#lost !== null) return { kind: 'not-rendered', why: this.#lost };
      return await this.#askNow(timeoutMs, question);
    } finally {
      turn.resolve();
    }
  }

  async #askNow<T extends { readonly kind: string }>(
    timeoutMs: number,
    question: (page: Page) => Promise<T | undefined>,
  ): Promise<T | NotRendered> {
    const end = new AbortController();
    const lost = (why: string): NotRendered => {
      this.#lost = why;
      return { kind: 'not-rendered', why };
    };
    const timeout = new Promise<NotRendered>((resolve) => {
      const timer = setTimeout(() => resolve(lost(`drawing took longer than ${timeoutMs / 1000} s`)), timeoutMs);
      end.signal.addEventListener('abort', () => clearTimeout(timer));
    });
    const abort = new Promise<never>((_, reject) => {
      const stop = () => reject(cancelled(this.#signal));
      this.#signal.addEventListener('abort', stop, { signal: end.signal });
    });
    const answer = question(this.#lent.page).then(
      (value) => value ?? lost("the viewer's page is gone"),
      // The page answers with why it cannot draw; what it throws is our fault or the driver's, and its state is unknown.
      async (failure: unknown) => {
        const died = await Promise.race([
          this.#lent.died,
          new Promise<null>((resolve) => setTimeout(resolve, 100, null)),
        ]);
        return lost(died ?? `the viewer failed: ${messageOf(failure).split('\n')[0]}`);
      },
    );
    try {
      return await Promise.race([answer, timeout, abort, this.#lent.died.then((why) => lost(`${why} while drawing`))]);
    } finally {
      end.abort();
    }
  }

  /** The same bytes with the same siblings are offered once, so that the page knows them again. */
  #offer(file: GlbFile): PageFile {
    const known = [...this.#offers].find(([old]) => old.bytes === file.bytes && old.siblings === file.siblings);
    if (known) return known[1];
    const { server } = this.#lent;
    // The original and the candidate of the day: what was offered before them is not asked for again.
    for (const [old, offer] of [...this.#offers].slice(1)) {
      this.#withdraw(offer);
      this.#offers.delete(old);
    }
    const url = server.offer(file.bytes);
    const siblings = [...file.siblings].map(([uri, bytes]) => [uri, server.offer(bytes)] as const);
    const offer: PageFile = { key: url, url, siblings };
    this.#offers.set(file, offer);
    return offer;
  }

  #withdraw(offer: PageFile): void {
    for (const url of [offer.url, ...offer.siblings.map(([, sibling]) => sibling)]) this.#lent.server.withdraw(url);
  }
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

function cancelled(signal: AbortSignal): BotError {
  return new BotError('CANCELLED', 'drawing was cancelled', { cause: signal.reason });
}
