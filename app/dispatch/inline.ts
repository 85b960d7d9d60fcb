/** Rings within this process. */
import type { Dispatcher } from '../../src/index.ts';

/** The dispatcher that needs nobody. */
export function inlineDispatcher(): Dispatcher {
  const listeners: ((id?: string) => Promise<void>)[] = [];
  return {
    async ring(ids) {
      // Not awaited: who accepts does not wait for who works.
      for (const wake of listeners) for (const id of ids) void wake(id).catch(() => {});
    },
    listen: async (wake) => void listeners.push(wake),
    close: async () => void listeners.splice(0),
  };
}
