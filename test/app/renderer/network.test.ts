/** The renderer's page has no network: sockets listen, and hear nothing, whatever a GLB names or a page is made to run. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBrowser } from '../../../app/renderer/browser-path.ts';
import { chromiumRenderer } from '../../../app/renderer/chromium.ts';
import { launchBrowser } from '../../../app/renderer/launch.ts';
import { findViewerDirectory, openPageServer } from '../../../app/renderer/page-server.ts';
import type { GlbFile } from '../../../src/index.ts';
import { changed } from '../../hostile/input.ts';
import { drawn } from '../../ports/renderer.contract.ts';
import { browserForTests } from '../../renderer-fixtures.ts';

const TIMEOUT_MS = 120_000;
const signal = new AbortController().signal;

let heard: string[] = [];
const servers: Server[] = [];
let ports: readonly number[] = [];

beforeAll(async () => {
  for (const host of ['127.0.0.1', '::1']) {
    const server = createServer((socket) => {
      heard.push(host);
      socket.on('error', () => {});
      socket.on('data', (data) => heard.push(data.toString('latin1').slice(0, 100)));
    }).listen(0, host);
    await once(server, 'listening');
    servers.push(server);
  }
  ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
});
afterAll(() => {
  for (const server of servers) server.close();
});

const targets = () => [`127.0.0.1:${ports[0]}`, `localhost:${ports[0]}`, `[::1]:${ports[1]}`, `0.0.0.0:${ports[0]}`];

/** Everything in it that can name a place names a socket of ours. */
function everywhere(url: string): GlbFile {
  const bytes = changed((json) => {
    json.buffers?.push({ byteLength: 4, uri: `http:${url}.bin` });
    json.images = [{ uri: `http:${url}.png` }, { uri: `ws:${url}` }, { uri: `${url}.webp` }];
    json.textures = [{ source: 0 }, { source: 1 }, { source: 2 }];
    json.materials = [
      {
        pbrMetallicRoughness: { baseColorTexture: { index: 0 }, metallicRoughnessTexture: { index: 1 } },
        normalTexture: { index: 2 },
      },
    ];
    json.extensionsUsed = ['VENDOR_remote', 'KHR_audio', 'EXT_lights_image_based'];
    json.extensions = { VENDOR_remote: { uri: `http:${url}` }, KHR_audio: { audio: [{ uri: `http:${url}.mp3` }] } };
    json.extras = { src: `http:${url}`, html: `<img src="http:${url}">` };
  });
  return { bytes, siblings: new Map() };
}

describe('the page that draws', () => {
  it('asks nobody for what a GLB names', { timeout: TIMEOUT_MS }, async () => {
    heard = [];
    const renderer = chromiumRenderer({ browserPath: browserForTests(), gl: 'swiftshader', env: process.env });
    try {
      for (const target of targets()) {
        const file = everywhere(`//${target}/a`);
        const studio = await renderer.open(file, signal);
        if ('kind' in studio) continue;
        await using open = studio;
        drawn(await open.compare({ ...file }, 512));
      }
      expect(heard).toEqual([]);
      expect(renderer.isSandboxed()).toBe(process.getuid?.() !== 0);
    } finally {
      await renderer.close();
    }
  });

  it('reaches nobody even if it is made to run what an attacker wrote', { timeout: TIMEOUT_MS }, async () => {
    heard = [];
    const server = await openPageServer(findViewerDirectory());
    const executable = findBrowser(browserForTests(), process.env);
    const { browser } = await launchBrowser(executable, 'swiftshader', process.env, new URL(server.base).host);
    try {
      // Without the page's policy and without interception: the browser alone has to hold.
      const page = await browser.newPage();
      await page.goto(`${server.base}headless.html`);
      expect(await page.evaluate(() => document.title)).toBe('GLB Optimizer renderer');
      for (const target of targets()) {
        const blank = await browser.newPage();
        await blank.goto('data:text/html,<p>a page without a policy</p>');
        await blank.evaluate(async (host) => {
          const tries = [
            fetch(`http://${host}/fetch`, { mode: 'no-cors' }),
            new Promise((resolve) => {
              const image = new Image();
              image.onload = image.onerror = resolve;
              image.src = `http://${host}/image`;
            }),
            new Promise((resolve) => {
              const socket = new WebSocket(`ws://${host}/socket`);
              socket.onopen = socket.onerror = socket.onclose = resolve;
            }),
            navigator.sendBeacon(`http://${host}/beacon`),
          ];
          await Promise.race([Promise.allSettled(tries), new Promise((resolve) => setTimeout(resolve, 3000))]);
        }, target);
        await blank.goto(`http://${target}/page`, { timeout: 3000 }).catch(() => {});
        await blank.close();
      }
      expect(heard).toEqual([]);
    } finally {
      await browser.close();
      await server.close();
    }
  });
});
