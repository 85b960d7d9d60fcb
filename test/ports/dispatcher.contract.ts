/** What every dispatcher must do: ring, and hold nothing that anybody needs. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dispatcher } from '../../src/index.ts';

/** Waits until something is so; fails after five seconds. */
export async function until(isSo: () => boolean | Promise<boolean>, timeoutMs = 5000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error('it never came to be so');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Runs the contract. `open` makes another dispatcher on the same broker. */
export function dispatcherContract(
  name: string,
  start: () => Promise<{ readonly open: () => Dispatcher; readonly close: () => Promise<void> }>,
): void {
  describe(`${name} keeps the Dispatcher contract`, () => {
    let broker: { readonly open: () => Dispatcher; readonly close: () => Promise<void> };
    beforeAll(async () => {
      broker = await start();
    });
    afterAll(() => broker?.close());

    it('wakes who listens, with the number that was rung', async () => {
      const dispatcher = broker.open();
      const heard: (string | undefined)[] = [];
      await dispatcher.listen(async (id) => void heard.push(id));
      await until(async () => {
        await dispatcher.ring(['41']).catch(() => {});
        await dispatcher.ring(['42']).catch(() => {});
        return heard.includes('41') && heard.includes('42');
      });
      await dispatcher.close();
    });

    it('goes on ringing when a listener throws', async () => {
      const dispatcher = broker.open();
      const heard: (string | undefined)[] = [];
      await dispatcher.listen(async (id) => {
        heard.push(id);
        throw new Error('the worker is in trouble');
      });
      await until(async () => {
        await dispatcher.ring(['51']).catch(() => {});
        await dispatcher.ring(['52']).catch(() => {});
        return heard.includes('51') && heard.includes('52');
      });
      await dispatcher.close();
    });

    it('takes no ring after it is closed, and closes at once', async () => {
      const dispatcher = broker.open();
      const heard: (string | undefined)[] = [];
      await dispatcher.listen(async (id) => void heard.push(id));
      const startedMs = Date.now();
      await dispatcher.close();
      expect(Date.now() - startedMs).toBeLessThan(3000);
      heard.length = 0;
      await dispatcher.ring(['61']).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(heard).toEqual([]);
    });
  });
}
