/** A page of ours in a real browser, with a server on loopback for its script, decoders and models. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser, Page } from 'puppeteer-core';
import { launchBrowser } from '../../app/renderer/launch.ts';
import { browserForTests } from '../renderer-fixtures.ts';
import type { Seen } from './seen.ts';

const require = createRequire(import.meta.url);
const FOLDERS: Readonly<Record<string, string>> = {
  '/draco/': path.join(path.dirname(require.resolve('three')), '../examples/jsm/libs/draco/gltf'),
  '/basis/': path.join(path.dirname(require.resolve('three')), '../examples/jsm/libs/basis'),
  '/meshopt/': path.dirname(require.resolve('meshoptimizer')),
};
const TYPES: Readonly<Record<string, string>> = {
  '.wasm': 'application/wasm',
  '.cjs': 'text/javascript',
  '.js': 'text/javascript',
};

/** A loader that can be asked what it makes of bytes. */
export interface LoaderPage extends AsyncDisposable {
  /** Throws what the loader says. `siblings` are files beside the model, by uri. */
  load(glb: Uint8Array, decoders: readonly string[], siblings?: ReadonlyMap<string, Uint8Array>): Promise<Seen>;
}

/** Bundles a page of this folder and opens it. */
export async function openLoaderPage(source: string): Promise<LoaderPage> {
  const entry = fileURLToPath(new URL(source, import.meta.url));
  const bundled = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    logLevel: 'error',
    ignoreAnnotations: true,
  });
  const models = new Map<string, Uint8Array>();
  const server = createServer((request, response) => {
    const name = new URL(request.url ?? '/', 'http://x').pathname;
    const folder = Object.keys(FOLDERS).find((prefix) => name.startsWith(prefix));
    const type = TYPES[path.extname(name)] ?? 'application/octet-stream';
    const body =
      name === '/'
        ? '<!doctype html><script type="module" src="/page.js"></script>'
        : name === '/page.js'
          ? bundled.outputFiles[0]?.contents
          : folder === undefined
            ? models.get(name)
            : readFileSync(path.join(FOLDERS[folder] ?? '', path.basename(name)));
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': name === '/' ? 'text/html' : type });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { browser } = await launchBrowser(browserForTests() ?? '', 'swiftshader', process.env);
  const page = await browser.newPage();
  await page.goto(`${addressOf(server)}/`);
  await page.waitForFunction(() => window.load !== undefined);
  let count = 0;
  return {
    async load(glb, decoders, siblings = new Map()) {
      const folder = `/models/${count++}`;
      models.set(`${folder}/model.glb`, glb);
      for (const [uri, bytes] of siblings) models.set(`${folder}/${uri}`, bytes);
      return ask(page, `${folder}/model.glb`, decoders);
    },
    [Symbol.asyncDispose]: () => close(browser, server),
  };
}

async function ask(page: Page, url: string, decoders: readonly string[]): Promise<Seen> {
  const seen = await page.evaluate((at, names) => window.load?.(at, names), url, decoders);
  if (seen === undefined) throw new Error('the page has no loader');
  return seen;
}

function addressOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `http://127.0.0.1:${address.port}`;
}

async function close(browser: Browser, server: Server): Promise<void> {
  await browser.close();
  await new Promise((resolve) => server.close(resolve));
}
