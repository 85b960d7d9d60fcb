/** The states of jobs as they change. They are read from the ledger, once for all who watch one: the worker may be elsewhere. */
import type { WebJob } from '../../src/index.ts';

/** Told of a job. */
export interface JobWatcher {
  /** The whole job as JSON; the first at once. */
  readonly onState: (json: string) => void;
  /** It has ended, or is gone. */
  readonly onEnd: () => void;
}

/** Follows jobs. */
export interface JobFeed {
  /** Gives what stops it. */
  follow(id: string, watcher: JobWatcher): () => void;
}

const LOOK_EVERY_MS = 300;

/** Opens it; `read` gives undefined for a job that is gone. */
export function openJobFeed(read: (id: string) => Promise<WebJob | undefined>): JobFeed {
  const watched = new Map<string, { readonly watchers: Set<JobWatcher>; last: string | null }>();

  async function watch(id: string): Promise<void> {
    for (;;) {
      const entry = watched.get(id);
      if (entry === undefined || entry.watchers.size === 0) break;
      // The ledger may be away for a moment: the next look tells.
      const job = await read(id).catch(() => null);
      if (job !== null && job !== undefined) {
        const json = JSON.stringify(job);
        if (json !== entry.last) {
          entry.last = json;
          for (const watcher of entry.watchers) watcher.onState(json);
        }
      }
      if (job === undefined || job?.status === 'done' || job?.status === 'failed') {
        for (const watcher of entry.watchers) watcher.onEnd();
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    watched.delete(id);
  }

  return {
    follow(id, watcher) {
      const entry = watched.get(id);
      if (entry === undefined) {
        watched.set(id, { watchers: new Set([watcher]), last: null });
        void watch(id);
      } else {
        entry.watchers.add(watcher);
        if (entry.last !== null) watcher.onState(entry.last);
      }
      return () => watched.get(id)?.watchers.delete(watcher);
    },
  };
}
