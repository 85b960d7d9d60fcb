/** Which dials to turn up after a result that looks different: what each shows alone tells. */
import { DIALS, type Dial, EXACT_SETTINGS, isExact, oneUp, type Settings } from './settings.ts';

/** What a dial at its place shows with all others exact, as a difference; nothing where it is exact itself. */
export type ScoreAlone = (settings: Settings, dial: Dial) => Promise<number>;

/** A result and what it shows. */
export interface Shown {
  readonly settings: Settings;
  readonly score: number;
}

/** Where a climb stands. */
export interface Place {
  readonly settings: Settings;
  /** No dial goes below this: less breaks the contract. */
  readonly floor: Settings;
  /** What a dial alone may show. */
  readonly most: number;
  /** The last result that showed too much, and was not made by one step of everything. */
  readonly shown?: Shown;
  /** All that showed too much: what is no safer on any dial does so, too. */
  readonly failed: readonly Settings[];
}

/** A dial alone may spend this share of the limit: what several dials lose adds up. */
const SHARE_OF_LIMIT = 0.8;
/** What a result showed too much is taken off each dial, and this much more: the next look is to be the last. */
const MARGIN = 0.9;

/** The beginning of a climb. */
export function placeOf(start: Settings, limit: number): Place {
  return { settings: start, floor: start, most: limit * SHARE_OF_LIMIT, failed: [] };
}

/**
 * What to try after a result that looks different: first one step more of everything, which is one look and often enough;
 * then each dial as far up as the results before say: what all show together tells what one may show alone.
 */
export async function safer(at: Place, score: number, limit: number, alone: ScoreAlone): Promise<Place> {
  const here: Shown = { settings: at.settings, score };
  const next = { ...at, failed: [...at.failed, at.settings] };
  if (at.shown === undefined) return { ...next, settings: oneUp(at.settings), shown: here };
  return asFarAs(next, isOneUp(at) ? at.shown : here, limit, alone);
}

/** True where everything is one step above the first result. */
export function isOneUp({ settings, shown }: Place): boolean {
  return shown !== undefined && DIALS.every((dial) => settings[dial] === oneUp(shown.settings)[dial]);
}

/** Each dial as far up as `shown` says, and further where that is no safer than what failed. */
export async function asFarAs(at: Place, shown: Shown, limit: number, alone: ScoreAlone): Promise<Place> {
  let most = Math.min(at.most, (await worstAlone(shown.settings, alone)) * (limit / shown.score) * MARGIN);
  let settings = await turnUp(at.floor, most, alone);
  while (hasFailed(at, settings)) {
    most = (await worstAlone(settings, alone)) * MARGIN;
    // What shows only together, or cannot be looked at.
    if (!(most > 0 && most < Number.POSITIVE_INFINITY)) return { ...at, settings: EXACT_SETTINGS, shown };
    settings = await turnUp(at.floor, most, alone);
  }
  return { ...at, settings, most, shown };
}

/**
 * One place back on one dial each, where that alone shows no more than is allowed: what dials show does not always add up.
 * Nothing that is no safer than what failed.
 */
export async function stepsBack(at: Place, limit: number, alone: ScoreAlone): Promise<readonly Settings[]> {
  const back: Settings[] = [];
  for (const dial of DIALS) {
    const settings = { ...at.settings, [dial]: at.settings[dial] - 1 };
    if (settings[dial] < at.floor[dial] || hasFailed(at, settings)) continue;
    if ((await alone(settings, dial)) <= limit) back.push(settings);
  }
  return back;
}

function hasFailed({ failed }: Place, settings: Settings): boolean {
  return failed.some((one) => DIALS.every((dial) => settings[dial] <= one[dial]));
}

/** What the contract holds on to is geometry and animation for the most part: those exact and images small, before everything is exact. */
export function unbroken(at: Place): Place {
  if (isExact(at.settings, 'geometry')) return { ...at, settings: EXACT_SETTINGS };
  const exact = { geometry: EXACT_SETTINGS.geometry };
  return { ...at, settings: { ...at.settings, ...exact }, floor: { ...at.floor, ...exact } };
}

/** Turns each dial up until it alone shows no more than `most`. */
async function turnUp(floor: Settings, most: number, alone: ScoreAlone): Promise<Settings> {
  let current = floor;
  for (const dial of DIALS) {
    while (!isExact(current, dial) && (await alone(current, dial)) > most)
      current = { ...current, [dial]: current[dial] + 1 };
  }
  return current;
}

/** What the dial shows that alone shows most. */
async function worstAlone(settings: Settings, alone: ScoreAlone): Promise<number> {
  let worst = 0;
  for (const dial of DIALS) worst = Math.max(worst, await alone(settings, dial));
  return worst;
}
