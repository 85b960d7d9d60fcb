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
}

/** A dial alone may spend this share of the limit: what several dials lose adds up. */
const SHARE_OF_LIMIT = 0.8;
/** What a result showed too much is taken off each dial, and this much more: the next look is to be the last. */
const MARGIN = 0.9;

/** The beginning of a climb. */
export function placeOf(start: Settings, limit: number): Place {
  return { settings: start, floor: start, most: limit * SHARE_OF_LIMIT };
}

/**
 * What to try after a result that looks different: first one step more of everything, which is one look and often enough;
 * then each dial as far up as the results before say: what all show together tells what one may show alone.
 */
export async function safer(at: Place, score: number, limit: number, alone: ScoreAlone): Promise<Place> {
  const here: Shown = { settings: at.settings, score };
  if (at.shown === undefined) return { ...at, settings: oneUp(at.settings), shown: here };
  const shown = isSame(at.settings, oneUp(at.shown.settings)) ? at.shown : here;
  const most = Math.min(at.most, (await worstAlone(shown.settings, alone)) * (limit / shown.score) * MARGIN);
  const settings = await turnUp(at.floor, most, alone);
  if (![shown, here].some((one) => isSame(one.settings, settings))) return { ...at, settings, most, shown };
  // What shows too much already, or shows only together.
  const worst = (await worstAlone(at.settings, alone)) * MARGIN;
  return { ...at, settings: worst > 0 ? await turnUp(at.floor, worst, alone) : EXACT_SETTINGS, most: worst, shown };
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

function isSame(one: Settings, other: Settings): boolean {
  return DIALS.every((dial) => one[dial] === other[dial]);
}
