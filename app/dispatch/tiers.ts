/** Redis, database, inline: the best tier that is well rings next. Nothing moves when one fails: jobs are in the ledger. */
import { type Dispatcher, type JobId, messageOf } from '../../src/index.ts';

/** A tier: how it rings, and how it is asked whether it is well. */
export interface Tier {
  readonly name: 'redis' | 'database' | 'inline';
  /** Null: not set up. */
  readonly dispatcher: Dispatcher | null;
  /** Throws with the reason when the tier cannot be used. */
  readonly probe: () => Promise<unknown>;
  /** Why it is not set up. */
  readonly offWhy?: string;
}

/** How tiers are judged. Times in milliseconds. */
export interface TierOptions {
  readonly probeEveryMs: number;
  readonly probeTimeoutMs: number;
  /** The work, or an error when it takes longer. */
  readonly within: <T>(timeoutMs: number, work: Promise<T>) => Promise<T>;
  /** So many bad probes in a row, and the tier is left. */
  readonly downAfter: number;
  /** So many good ones, and it is taken back: one that flutters is no help. */
  readonly upAfter: number;
  readonly onChange: (change: {
    readonly name: Tier['name'];
    readonly state: 'up' | 'down';
    readonly why: string | null;
  }) => void;
}

/** The usual judgement. */
export const TIER_DEFAULTS = Object.freeze({ probeEveryMs: 500, probeTimeoutMs: 800, downAfter: 2, upAfter: 5 });

/** All tiers as one dispatcher. */
export interface Tiers extends Dispatcher {
  state(): {
    readonly active: Tier['name'];
    readonly why: string;
    readonly tiers: readonly {
      readonly name: Tier['name'];
      readonly state: 'active' | 'standby' | 'down' | 'off';
      readonly since: string;
      readonly lastError: string | null;
    }[];
  };
}

interface Judged {
  readonly tier: Tier;
  isUp: boolean;
  sinceMs: number;
  lastError: string | null;
  good: number;
  bad: number;
}

/** Starts judging; the first probes are made before it answers. */
export async function openTiers(tiers: readonly Tier[], options: TierOptions): Promise<Tiers> {
  const judged = tiers.map(
    (tier): Judged => ({ tier, isUp: false, sinceMs: Date.now(), lastError: tier.offWhy ?? null, good: 0, bad: 0 }),
  );
  const usable = judged.filter(({ tier }) => tier.dispatcher !== null);

  const turn = (one: Judged, isUp: boolean) => {
    if (one.isUp === isUp) return;
    one.isUp = isUp;
    one.sinceMs = Date.now();
    options.onChange({ name: one.tier.name, state: isUp ? 'up' : 'down', why: one.lastError });
  };
  const good = (one: Judged) => {
    one.bad = 0;
    one.good++;
    if (one.good < options.upAfter && !one.isUp) return;
    one.lastError = null;
    turn(one, true);
  };
  const bad = (one: Judged, thrown: unknown) => {
    one.good = 0;
    one.bad++;
    one.lastError = messageOf(thrown);
    if (one.bad >= options.downAfter) turn(one, false);
  };
  const probe = async (one: Judged) => {
    try {
      await options.within(options.probeTimeoutMs, one.tier.probe());
      good(one);
    } catch (thrown) {
      bad(one, thrown);
    }
  };

  // At the start one good answer is enough: there is no history of failing.
  await Promise.all(
    usable.map(async (one) => {
      await probe(one);
      if (one.good > 0) turn(one, true);
    }),
  );
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  const again = () => {
    timer = setTimeout(async () => {
      await Promise.all(usable.map(probe));
      if (!isClosed) again();
    }, options.probeEveryMs);
    timer.unref();
  };
  again();

  const active = () => usable.find(({ isUp }) => isUp) ?? usable.at(-1);
  return {
    async ring(ids: readonly JobId[]) {
      for (const one of usable.filter(({ isUp }) => isUp)) {
        try {
          await options.within(options.probeTimeoutMs, one.tier.dispatcher?.ring(ids) ?? Promise.resolve());
          return;
        } catch (thrown) {
          // Counts as a bad probe; the next tier rings at once.
          bad(one, thrown);
        }
      }
    },
    async listen(wake) {
      await Promise.all(usable.map(({ tier }) => tier.dispatcher?.listen(wake)));
    },
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await Promise.all(usable.map(({ tier }) => tier.dispatcher?.close()));
    },
    state() {
      const now = active();
      const better = judged.slice(0, now === undefined ? 0 : judged.indexOf(now));
      const why = better
        .map(({ tier, lastError }) => `${tier.name}: ${lastError ?? 'not well for long enough'}`)
        .join('; ');
      return {
        active: now?.tier.name ?? 'inline',
        why: why === '' ? 'the best tier is well' : why,
        tiers: judged.map((one) => ({
          name: one.tier.name,
          state: one.tier.dispatcher === null ? 'off' : one === now ? 'active' : one.isUp ? 'standby' : 'down',
          since: new Date(one.sinceMs).toISOString(),
          lastError: one.lastError,
        })),
      };
    },
  };
}
