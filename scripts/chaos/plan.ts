/** What happens when: drawn from a seed, so that every run can be repeated. */

/** Something that is done to one of the processes. */
export interface Blow {
  readonly atMs: number;
  readonly kind: 'kill-redis' | 'freeze-redis' | 'kill-postgres' | 'kill-worker' | 'kill-web';
  /** How long it stays down. */
  readonly downMs: number;
  /** Which of several. */
  readonly which: number;
}

/** How often things happen in a run. */
export type BlowCounts = Readonly<Record<Blow['kind'], number>>;

/** With Postgres and Redis, for 2,000 jobs. */
export const FULL: BlowCounts = {
  'kill-redis': 3,
  'freeze-redis': 1,
  'kill-postgres': 2,
  'kill-worker': 4,
  'kill-web': 2,
};
/** On SQLite: there are only our own processes to be killed. */
export const EMBEDDED: BlowCounts = {
  'kill-redis': 0,
  'freeze-redis': 0,
  'kill-postgres': 0,
  'kill-worker': 8,
  'kill-web': 3,
};

const DOWN_MS: Readonly<Record<Blow['kind'], readonly [number, number]>> = {
  'kill-redis': [1000, 4000],
  'freeze-redis': [3000, 4000],
  'kill-postgres': [3000, 5000],
  'kill-worker': [500, 1500],
  'kill-web': [300, 1000],
};

/** Numbers from 0 to 1 out of a seed. [mulberry32, public domain] */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The blows of a run. One server takes its blows one after the other, with time to recover between them. */
export function planBlows(random: () => number, counts: BlowCounts, durationMs: number): readonly Blow[] {
  const blows: Blow[] = [];
  for (const [kind, count] of Object.entries(counts) as [Blow['kind'], number][]) {
    for (let at = 0; at < count; at++) {
      const [least, most] = DOWN_MS[kind];
      const share = durationMs / count;
      const downMs = Math.min(least + random() * (most - least), share * 0.6);
      const room = Math.max(0, share - downMs - 500);
      blows.push({ atMs: at * share + random() * room, kind, downMs, which: Math.floor(random() * 1000) });
    }
  }
  return blows.sort((a, b) => a.atMs - b.atMs);
}
