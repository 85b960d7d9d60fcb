/** Waits where GitHub asks for it: a step has no queue that would come back later. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BotError, formatMs, type GitSource, type Publisher } from '../../src/index.ts';

// A primary limit is lifted within the hour. Longer, and the step says what it waited for and ends.
const PATIENCE_MS = 65 * 60_000;
const TRY_LIMIT_COUNT = 8;

/** Runs work again after the time that GitHub asked for. All that we do on GitHub may be done twice. */
export async function patiently<T>(
  work: () => Promise<T>,
  signal: AbortSignal,
  onWait: (text: string) => void,
): Promise<T> {
  let waitedMs = 0;
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (thrown) {
      const waitMs =
        thrown instanceof BotError && thrown.code === 'GITHUB_LIMITED' ? thrown.detail.retryAfterMs : undefined;
      if (waitMs === undefined || attempt >= TRY_LIMIT_COUNT || waitedMs + waitMs > PATIENCE_MS) throw thrown;
      onWait(`GitHub asks to wait ${formatMs(waitMs)}.`);
      await sleep(waitMs, undefined, { signal });
      waitedMs += waitMs;
    }
  }
}

/** A source and a publisher that wait. */
export function patient<T extends { readonly source: GitSource; readonly publisher: Publisher }>(
  home: T,
  signal: AbortSignal,
  onWait: (text: string) => void,
): { readonly source: GitSource; readonly publisher: Publisher } {
  const { source, publisher } = home;
  const again = <A extends readonly unknown[], R>(work: (...args: A) => Promise<R>) => {
    return (...args: A) => patiently(() => work(...args), signal, onWait);
  };
  const { readBase } = source;
  return {
    source: {
      listChanges: again(source.listChanges),
      readPolicy: again(source.readPolicy),
      readBytes: again(source.readBytes),
      readSibling: again(source.readSibling),
      readManifests: again(source.readManifests),
      ...(readBase === undefined ? {} : { readBase: again(readBase) }),
    },
    publisher: { publish: again((proposal) => publisher.publish(proposal)) },
  };
}
