/** Brings both models of an asset onto the stage: the result first, because it is there soonest. */

import type { PagePair } from '../src/report/report-page.ts';
import { formatBytes } from '../src/units.ts';
import type { CompareView } from './compare-view.ts';
import type { ReportSource } from './load-report.ts';
import { SIDES, type Side } from './panes.ts';
import { discard, type Stage } from './scene.ts';

/** Where models are loaded to, and from. */
export interface LoadPlace {
  readonly source: ReportSource;
  readonly stage: Stage;
  readonly view: CompareView;
}

/** What happens meanwhile. */
export interface LoadEvents {
  /** True when another asset is wanted by now. */
  isStale(): boolean;
  onProgress(text: string, ratio: number): void;
  /** A model came onto the stage. */
  onTaken(): void;
  /** The bytes of a side are here, and not yet decoded. */
  onBytes?(side: Side, bytes: Uint8Array<ArrayBuffer>, siblings: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): void;
}

/** Milliseconds in this browser; null when not measured. */
export interface LoadTimes {
  /** From bytes to decoded geometry and images. */
  readonly load: Readonly<Record<Side, number | null>>;
  /** The first frame, which uploads all of it. */
  readonly firstFrame: Readonly<Record<Side, number | null>>;
}

const NAMES: Readonly<Record<Side, string>> = { base: 'base', before: 'original', after: 'result' };
// The shares of a model's progress: decoding base64 counts, parsing only starts and ends.
const DECODED = 0.4;
const PARSED = 0.9;
const MEASURED_RUNS = 3;

/** Loads what the pair has. Returns what went wrong or is missing, in sentences. */
export async function loadPair(pair: PagePair, place: LoadPlace, events: LoadEvents): Promise<readonly string[]> {
  const { source, stage, view } = place;
  const notes: string[] = [];
  const sides = (['after', 'before', 'base'] as const).filter((side) => pair[side]);
  for (const [index, side] of sides.entries()) {
    const model = pair[side];
    if (!model) continue;
    const size = formatBytes(model.byteLength);
    const name = `The ${NAMES[side]}`;
    const tell = (ratio: number) => {
      if (!events.isStale()) events.onProgress(`Loading the ${NAMES[side]}, ${size}`, (index + ratio) / sides.length);
    };
    try {
      tell(0.02);
      const read = await source.readModel(model, (ratio) => tell(ratio * DECODED));
      if (read.kind === 'left-out') {
        notes.push(`${name} (${size}) was left out: this page would have become too large.`);
        continue;
      }
      await nextPaint();
      if (events.isStale()) return notes;
      events.onBytes?.(side, read.bytes, read.siblings);
      const loaded = await stage.loadModel(read.bytes, read.siblings);
      if (events.isStale()) {
        discard(loaded);
        return notes;
      }
      for (const problem of new Set(loaded.problems)) notes.push(`${name}: ${problem}.`);
      if (loaded.points().length === 0) notes.push(`${name} draws nothing.`);
      tell(PARSED);
      await view.take(side, loaded);
      if (events.isStale()) return notes;
      events.onTaken();
    } catch (failure) {
      notes.push(`${name} cannot be shown: ${textOf(failure)}`);
    }
  }
  return notes;
}

/**
 * Loads both models a few times in turn and returns the medians. The first load of a page also starts decoders and is
 * no measure: that is why the loads for the stage are not used.
 */
export async function measureLoading(pair: PagePair, { source, stage, view }: LoadPlace): Promise<LoadTimes> {
  const loads: Record<Side, number[]> = { base: [], before: [], after: [] };
  const frames: Record<Side, number[]> = { base: [], before: [], after: [] };
  for (let run = 0; run <= MEASURED_RUNS; run++) {
    for (const side of SIDES) {
      const read = pair[side] && (await source.readModel(pair[side], () => {}));
      if (read?.kind !== 'bytes') continue;
      await nextPaint();
      const model = await stage.loadModel(read.bytes, read.siblings);
      const frameMs = view.timeFrame(model);
      if (run > 0) loads[side].push(model.loadTimeMs);
      if (run > 0) frames[side].push(frameMs);
      discard(model);
    }
  }
  view.redraw();
  const medians = (times: typeof loads) => ({
    base: medianOf(times.base),
    before: medianOf(times.before),
    after: medianOf(times.after),
  });
  return { load: medians(loads), firstFrame: medians(frames) };
}

/** The message of anything thrown, cut to a few lines. */
export function textOf(failure: unknown): string {
  return (failure instanceof Error ? failure.message : String(failure)).slice(0, 300);
}

function medianOf(values: readonly number[]): number | null {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? null;
}

/** Lets the page show its progress before the next long task. A hidden page is not painted: it does not wait. */
function nextPaint(): Promise<void> {
  if (document.hidden) return Promise.resolve();
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
}
