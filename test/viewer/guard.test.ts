/** The viewer's page in a real browser: what the guard looks at, and what stops it. */
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { chromiumRenderer } from '../../app/renderer/chromium.ts';
import type { GlbFile } from '../../src/ports.ts';
import { drawn, LABELS } from '../ports/renderer.contract.ts';
import { boxGlb, browserForTests } from '../renderer-fixtures.ts';

const TIMEOUT_MS = 120_000;

describe('the visual guard', () => {
  const renderer = chromiumRenderer({ browserPath: browserForTests(), gl: 'swiftshader', env: process.env });
  afterAll(() => renderer.close());
  const signal = new AbortController().signal;
  const compare = async (before: GlbFile, after: GlbFile) => {
    await using studio = drawn(await renderer.open(before, signal));
    return drawn(await studio.compare(after, 512));
  };

  it(
    'looks at the middle of the longest clip, from two sides',
    async () => {
      const clips = [
        { name: 'Nod', durationS: 0.5 },
        { name: 'Walk', durationS: 2 },
      ];
      const [nod] = clips;
      const broken = [...(nod ? [nod] : []), { name: 'Walk', durationS: 2, degrees: 80 }];
      const comparison = await compare(boxGlb({ clips }), boxGlb({ clips: broken }));
      const byName = new Map(comparison.views.map(({ name, score }) => [name, score]));
      expect([...byName.keys()].slice(4)).toEqual(['front right, mid "Walk"', 'back left, mid "Walk"']);
      expect(byName.get('front right')).toBe(0);
      expect(byName.get('front right, mid "Walk"')).toBeGreaterThan(1.5);
      expect(comparison.score).toBe(Math.max(...byName.values()));
    },
    TIMEOUT_MS,
  );

  it(
    'looks at every variant once',
    async () => {
      const variants = { midnight: [0, 0, 0.3], beach: [0.9, 0.8, 0.4] } as const;
      const faded = { midnight: [0, 0, 0.3], beach: [0.9, 0.5, 0.4] } as const;
      const comparison = await compare(boxGlb({ variants }), boxGlb({ variants: faded }));
      const [midnight, beach] = comparison.views.slice(4);
      expect(midnight).toEqual({ name: 'front right, variant "midnight"', score: 0 });
      expect(beach?.name).toBe('front right, variant "beach"');
      expect(beach?.score).toBeGreaterThan(1.5);
    },
    TIMEOUT_MS,
  );

  it(
    'draws the worst view when it is a variant',
    async () => {
      await using studio = drawn(await renderer.open(boxGlb({ variants: { green: [0, 0.7, 0] } }), signal));
      const pictures = drawn(await studio.pictures(boxGlb({ variants: { green: [0.7, 0, 0] } }), LABELS));
      expect(pictures.comparison.byteLength).toBeGreaterThan(5000);
    },
    TIMEOUT_MS,
  );

  it(
    'uses a file beside the GLB, and sees when the candidate lacks it',
    async () => {
      const image = await sharp({ create: { width: 4, height: 4, channels: 3, background: '#00a040' } })
        .png()
        .toBuffer();
      const textured = boxGlb({ imageUri: 'Textures/a%20b.png', colour: [1, 1, 1] });
      const whole = { ...textured, siblings: new Map([['Textures/a%20b.png', new Uint8Array(image)]]) };
      expect((await compare(whole, { ...whole })).score).toBe(0);
      expect((await compare(whole, textured)).score).toBeGreaterThan(1.5);
    },
    TIMEOUT_MS,
  );

  it(
    'never asks the network for what a GLB names, not even another port of this machine',
    async () => {
      const asked: string[] = [];
      const server = createServer((request, response) => {
        asked.push(request.url ?? '');
        response.writeHead(200, { 'access-control-allow-origin': '*' }).end();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      const uris = [`http://127.0.0.1:${port}/secret.png`, `//127.0.0.1:${port}/secret.png`, '../../../etc/passwd'];
      for (const imageUri of uris) {
        const file = boxGlb({ imageUri });
        expect((await compare(file, { ...file })).score).toBe(0);
      }
      server.close();
      expect(asked).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    'blurs a shadow only where it is, which changes no pixel',
    async () => {
      const heroOf = async (file: GlbFile) => {
        await using studio = drawn(await renderer.open(file, signal));
        const hero = sharp(drawn(await studio.hero(128, 'png')));
        return (await hero.raw().toBuffer()).toString('base64');
      };
      const bounded = await heroOf(boxGlb());
      // So many vertices in the same places that not all are looked at: where the shadow ends is not known.
      expect(await heroOf(boxGlb({ spareVertices: 600_000 }))).toBe(bounded);
    },
    TIMEOUT_MS,
  );

  it.each([
    ['a file that draws nothing', boxGlb({ empty: true }), 'draws nothing'],
    ['more triangles than software can draw', boxGlb({ layers: 1000, instances: 420 }), '5,040,000 triangles'],
  ])(
    'does not judge %s',
    async (_sentence, file, why) => {
      const answer = await renderer.open(file, signal);
      expect(answer).toMatchObject({ kind: 'not-rendered', why: expect.stringContaining(why) });
    },
    TIMEOUT_MS,
  );
});

/** Browsers that this process has started. */
function browserIds(): number[] {
  const lines = execFileSync('ps', ['-o', 'pid=,comm=', '--ppid', String(process.pid)], { encoding: 'utf8' }).split(
    '\n',
  );
  return lines.filter((line) => /chrom/.test(line)).map((line) => Number.parseInt(line, 10));
}

describe('a renderer in trouble', () => {
  it.skipIf(process.platform !== 'linux')(
    'survives a browser that is killed while it draws',
    async () => {
      const renderer = chromiumRenderer({ browserPath: browserForTests(), gl: 'swiftshader', env: process.env });
      const signal = new AbortController().signal;
      const others = browserIds();
      const studio = drawn(await renderer.open(boxGlb(), signal));
      const [browser] = browserIds().filter((id) => !others.includes(id));
      if (browser === undefined) throw new Error('no browser was started');
      const comparing = studio.compare(boxGlb({ colour: [0, 1, 0] }), 1024);
      process.kill(browser, 'SIGKILL');
      expect(await comparing).toMatchObject({ kind: 'not-rendered', why: expect.stringMatching(/ended|crashed/) });
      await studio[Symbol.asyncDispose]();
      const next = drawn(await renderer.open(boxGlb(), signal));
      expect(await next.compare(boxGlb(), 512)).toMatchObject({ kind: 'compared', score: 0 });
      await next[Symbol.asyncDispose]();
      await renderer.close();
      expect(browserIds().filter((id) => !others.includes(id))).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    'gives up after its time, says so, and draws the next file in a new browser',
    async () => {
      const renderer = chromiumRenderer({
        browserPath: browserForTests(),
        gl: 'swiftshader',
        env: process.env,
        drawTimeoutMs: 1,
      });
      const signal = new AbortController().signal;
      const studio = drawn(await renderer.open(boxGlb(), signal));
      const late = await studio.compare(boxGlb({ colour: [0, 1, 0] }), 1024);
      expect(late).toMatchObject({ kind: 'not-rendered', why: expect.stringContaining('longer than') });
      // The page is lost for this studio, not for the next.
      expect(await studio.compare(boxGlb(), 512)).toEqual(late);
      await studio[Symbol.asyncDispose]();
      const next = drawn(await renderer.open(boxGlb(), signal));
      await next[Symbol.asyncDispose]();
      await renderer.close();
    },
    TIMEOUT_MS,
  );

  it('says that there is no browser where none is', async () => {
    const renderer = chromiumRenderer({ browserPath: '/nowhere/chrome', env: {} });
    const answer = await renderer.open(boxGlb(), new AbortController().signal);
    expect(answer).toMatchObject({
      kind: 'not-rendered',
      why: expect.stringContaining('no browser at /nowhere/chrome'),
    });
    await renderer.close();
  });
});
