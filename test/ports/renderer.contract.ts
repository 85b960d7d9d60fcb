/** What every Renderer keeps, whatever draws. */
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import type { NotRendered, PictureLabels, Renderer, Studio } from '../../src/ports.ts';
import { boxGlb } from '../renderer-fixtures.ts';

/** Short texts for the cards. */
export const LABELS: PictureLabels = {
  beforeSize: '3.66 MB',
  afterSize: '281 kB',
  saved: '−92.3 %',
  beforeNote: '12 triangles · 0 textures',
  afterNote: '12 triangles · 0 textures',
};

const TIMEOUT_MS = 120_000;

/** Narrows an answer that must be a picture, a comparison or a studio. */
export function drawn<T extends object>(answer: T | NotRendered): Exclude<T, NotRendered> {
  if ('kind' in answer && answer.kind === 'not-rendered')
    throw new Error(`not rendered: ${'why' in answer ? answer.why : ''}`);
  return answer as Exclude<T, NotRendered>;
}

/** Runs the suite. `draws` is false for an adapter that never draws. */
export function rendererContract(name: string, open: () => Renderer, draws: boolean): void {
  describe(`Renderer: ${name}`, () => {
    const renderer = open();
    afterAll(() => renderer.close());
    const signal = new AbortController().signal;
    const table = async (): Promise<Studio> => drawn(await renderer.open(boxGlb(), signal));

    it.skipIf(draws)('says why nothing is drawn', async () => {
      const answer = await renderer.open(boxGlb(), signal);
      expect(answer).toMatchObject({ kind: 'not-rendered', why: expect.stringMatching(/\w/) });
    });

    it.skipIf(!draws)(
      'gives a file compared with itself a difference of exactly 0, in every view',
      async () => {
        await using studio = await table();
        const comparison = drawn(await studio.compare(boxGlb(), 512));
        expect(comparison).toMatchObject({
          kind: 'compared',
          metric: 'FLIP-D',
          score: 0,
          renderer: expect.stringMatching(/\d/),
        });
        expect(comparison.views.map((view) => view.name)).toEqual([
          'front right',
          'back right',
          'back left',
          'from below',
        ]);
        expect(comparison.views.every((view) => view.score === 0)).toBe(true);
        expect(comparison.beforeLoadTimeMs).toBeGreaterThan(0);
        expect(comparison.afterLoadTimeMs).toBeGreaterThan(0);
      },
      TIMEOUT_MS,
    );

    it.skipIf(!draws).each([512, 1024] as const)(
      'sees another colour at %i px',
      async (sizePx) => {
        await using studio = await table();
        const comparison = drawn(await studio.compare(boxGlb({ colour: [0.1, 0.5, 0.8] }), sizePx));
        expect(comparison.score).toBeGreaterThan(1.5);
      },
      TIMEOUT_MS,
    );

    it.skipIf(!draws)(
      'sees a side that is gone, and in which views',
      async () => {
        await using studio = await table();
        // The last two triangles are the side that looks to -Z: the back.
        const comparison = drawn(await studio.compare(boxGlb({ lostTriangles: 2 }), 1024));
        const scoreOf = (view: string) => comparison.views.find(({ name: other }) => other === view)?.score;
        expect(comparison.score).toBeGreaterThan(1.5);
        expect(scoreOf('back left')).toBe(comparison.views.reduce((worst, { score }) => Math.max(worst, score), 0));
        expect(scoreOf('front right')).toBe(0);
      },
      TIMEOUT_MS,
    );

    it.skipIf(!draws)(
      'answers not-rendered, with the loader’s words, for bytes that are no GLB',
      async () => {
        const answer = await renderer.open({ bytes: new Uint8Array([1, 2, 3]), siblings: new Map() }, signal);
        expect(answer).toMatchObject({ kind: 'not-rendered', why: expect.stringContaining('cannot load') });
        await using studio = await table();
        const candidate = { bytes: new TextEncoder().encode('glTF, or so it says'), siblings: new Map() };
        expect(await studio.compare(candidate, 512)).toMatchObject({ kind: 'not-rendered' });
        expect(await studio.compare(boxGlb(), 512)).toMatchObject({ kind: 'compared' });
      },
      TIMEOUT_MS,
    );

    it.skipIf(!draws)(
      'draws pictures of the promised size: framed, not blank, with rounded transparent corners',
      async () => {
        await using studio = await table();
        const pictures = drawn(await studio.pictures(boxGlb(), LABELS));
        const comparison = await pixelsOf(pictures.comparison);
        expect([comparison.width, comparison.height]).toEqual([1668, 544]);
        expect(comparison.at(1, 1)[3]).toBe(0);
        // The red box stands in the middle of Before and of After, and grey in the middle of Difference.
        const [before, after, difference] = [272, 834, 1396].map((x) => comparison.at(x, 290));
        expect(before?.[0]).toBeGreaterThan(2 * (before?.[2] ?? 0));
        expect(after).toEqual(before);
        expect(Math.abs((difference?.[0] ?? 0) - (difference?.[2] ?? 255))).toBeLessThan(24);
        // Around it there is air: the card's edge is light.
        expect(Math.min(...comparison.at(272, 530).slice(0, 3))).toBeGreaterThan(180);
        const sheet = await sharp(pictures.sheet).metadata();
        expect([sheet.width, sheet.height, sheet.format]).toEqual([1674, 830, 'webp']);
        const hero = await pixelsOf(drawn(await studio.hero(256)));
        expect([hero.width, hero.height, hero.at(128, 128)[0] > hero.at(128, 128)[2]]).toEqual([256, 256, true]);
      },
      TIMEOUT_MS,
    );

    it.skipIf(!draws)(
      'draws the same bytes twice from the same files',
      async () => {
        const hero = async () => {
          await using studio = await table();
          return Buffer.from(drawn(await studio.hero(128))).toString('base64');
        };
        expect(await hero()).toBe(await hero());
      },
      TIMEOUT_MS,
    );

    it.skipIf(!draws)(
      'lets one studio wait for another',
      async () => {
        const first = await table();
        let second: Studio | null = null;
        const waiting = table().then((studio) => {
          second = studio;
          return studio;
        });
        await first.hero(64);
        expect(second).toBeNull();
        await first[Symbol.asyncDispose]();
        await (await waiting)[Symbol.asyncDispose]();
      },
      TIMEOUT_MS,
    );

    it.skipIf(!draws)(
      'ends with CANCELLED when the caller gives up, and draws again afterwards',
      async () => {
        const giveUp = new AbortController();
        const studio = drawn(await renderer.open(boxGlb(), giveUp.signal));
        const comparing = studio.compare(boxGlb({ colour: [0, 0, 1] }), 1024);
        giveUp.abort();
        await expect(comparing).rejects.toMatchObject({ code: 'CANCELLED' });
        await studio[Symbol.asyncDispose]();
        await using again = await table();
        expect(await again.hero(64)).toBeInstanceOf(Uint8Array);
      },
      TIMEOUT_MS,
    );
  });
}

async function pixelsOf(webp: Uint8Array) {
  const { data, info } = await sharp(webp).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number): [number, number, number, number] => {
    const i = (y * info.width + x) * 4;
    return [data[i] ?? 0, data[i + 1] ?? 0, data[i + 2] ?? 0, data[i + 3] ?? 0];
  };
  return { width: info.width, height: info.height, at };
}
