/** The page that the renderer opens: one original on the table, candidates beside it, answers as plain data. */

import type { NotRendered } from '../src/ports.ts';
import { loadFont } from './cards.ts';
import { compareViews, makeReference, type Reference, type ViewScore } from './guard.ts';
import type { LoadedModel } from './load-model.ts';
import type { PageFile, PageStudio } from './page-protocol.ts';
import { comparisonPicture, heroPicture, sheetPicture } from './pictures.ts';
import { createStage, discard, prepare, type Stage } from './scene.ts';
import { stageFilesAt } from './stage-files.ts';

/** Software rendering needs about a second for five million triangles: beyond that a file would hold up all others. */
const TRIANGLE_LIMIT = 5_000_000;

/** A model on the table. */
interface Loaded {
  readonly file: PageFile;
  readonly model: LoadedModel;
  /** Measured when it is first asked for. */
  loadTimeMs: number | null;
}

/** The candidate that was loaded last, with what is known of it. */
interface Candidate extends Loaded {
  readonly scores: Map<number, readonly ViewScore[]>;
}

/** Slower loads are their own warm-up, and twice would be felt. */
const QUICK_LOAD_MS = 500;

function createPageStudio(stage: Stage): PageStudio {
  let original: Loaded | null = null;
  let reference: Reference | null = null;
  let candidate: Candidate | null = null;

  async function load(file: PageFile): Promise<LoadedModel | NotRendered> {
    const [bytes, ...siblings] = await Promise.all([file.url, ...file.siblings.map(([, url]) => url)].map(fetchBytes));
    if (bytes === undefined) throw new Error('no bytes');
    const files = new Map(file.siblings.map(([uri], index) => [uri, siblings[index] ?? new Uint8Array()]));
    let model: LoadedModel;
    try {
      model = await stage.loadModel(bytes, files);
    } catch (failure) {
      return notRendered(`three.js cannot load the file: ${textOf(failure)}`);
    }
    if (model.triangleCount > TRIANGLE_LIMIT) {
      discard(model);
      const counts = [model.triangleCount, TRIANGLE_LIMIT].map((count) => count.toLocaleString('en'));
      return notRendered(`the file draws ${counts[0]} triangles; more than ${counts[1]} are not drawn in software`);
    }
    return model;
  }

  /** The first load of a page also starts decoders and compiles: quick files are loaded once more, and that time counts. */
  async function loadTimeOf(loaded: Loaded | null): Promise<number> {
    if (loaded === null) throw new Error('nothing is on the table');
    if (loaded.loadTimeMs !== null) return loaded.loadTimeMs;
    const again = loaded.model.loadTimeMs > QUICK_LOAD_MS ? loaded.model : await load(loaded.file);
    if ('kind' in again) throw new Error(again.why);
    loaded.loadTimeMs = again.loadTimeMs;
    if (again !== loaded.model) discard(again);
    return loaded.loadTimeMs;
  }

  async function take(file: PageFile): Promise<Candidate | NotRendered> {
    if (candidate?.file.key === file.key) return candidate;
    if (candidate) discard(candidate.model);
    candidate = null;
    const model = await load(file);
    if ('kind' in model) return model;
    candidate = { file, model, loadTimeMs: null, scores: new Map() };
    return candidate;
  }

  async function scoresOf(taken: Candidate, sizePx: 512 | 1024): Promise<readonly ViewScore[]> {
    const known = taken.scores.get(sizePx);
    if (known) return known;
    const scores = await compareViews(stage, opened(), taken.model, sizePx);
    taken.scores.set(sizePx, scores);
    return scores;
  }

  function opened(): Reference {
    if (reference === null) throw new Error('nothing is on the table');
    return reference;
  }

  function clear(): void {
    if (candidate) discard(candidate.model);
    if (reference) discard(reference.model);
    candidate = null;
    reference = null;
    original = null;
  }

  return {
    async open(file) {
      clear();
      const model = await load(file);
      if ('kind' in model) return model;
      if (model.points().length === 0) {
        discard(model);
        return notRendered('the file draws nothing: it has no mesh, line or point in its scene');
      }
      original = { file, model, loadTimeMs: null };
      reference = await makeReference(stage, model);
      return { kind: 'opened', problems: model.problems };
    },
    async compare(file, sizePx) {
      const taken = await take(file);
      if ('kind' in taken) return taken;
      const scores = await scoresOf(taken, sizePx);
      return {
        kind: 'compared',
        metric: 'FLIP-D',
        score: worstOf(scores).diff.score,
        views: scores.map(({ view, diff }) => ({ name: view.name, score: diff.score })),
        beforeLoadTimeMs: await loadTimeOf(original),
        afterLoadTimeMs: await loadTimeOf(taken),
      };
    },
    async pictures(file, labels) {
      const taken = await take(file);
      if ('kind' in taken) return taken;
      const scores = taken.scores.get(1024) ?? (await scoresOf(taken, 512));
      const comparison = await comparisonPicture(stage, opened(), taken.model, worstOf(scores), labels);
      const sheet = await sheetPicture(stage, opened(), taken.model, scores);
      return { kind: 'pictures', comparison: await base64Of(comparison), sheet: await base64Of(sheet) };
    },
    async hero(sizePx, format) {
      return { kind: 'picture', base64: await base64Of(await heroPicture(stage, opened(), sizePx, format)) };
    },
    async close() {
      clear();
    },
  };
}

function worstOf(scores: readonly ViewScore[]): ViewScore {
  const [first, ...rest] = scores;
  if (first === undefined) throw new Error('no view was compared');
  return rest.reduce((worst, score) => (score.diff.score > worst.diff.score ? score : worst), first);
}

async function fetchBytes(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status} for a model`);
  return new Uint8Array(await response.arrayBuffer());
}

async function base64Of(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = '';
  // String.fromCharCode takes its characters as arguments, of which the stack holds some 100,000.
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}

function notRendered(why: string): NotRendered {
  return { kind: 'not-rendered', why };
}

function textOf(failure: unknown): string {
  return (failure instanceof Error ? failure.message : String(failure)).slice(0, 300);
}

try {
  const base = new URL('.', location.href).href;
  const canvas = document.createElement('canvas');
  const [stage] = await Promise.all([createStage(canvas, stageFilesAt(base)), loadFont(`${base}inter.woff2`)]);
  prepare(stage);
  window.studio = createPageStudio(stage);
} catch (failure) {
  window.studioFailure = textOf(failure);
}
