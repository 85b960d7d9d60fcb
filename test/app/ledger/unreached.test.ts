/** What the log says of a Postgres that nobody answers for. */
import { expect, it } from 'vitest';
import { openLedger } from '../../../app/ledger/open.ts';

it('does not take a database that is not reached for one that a newer version has changed', async () => {
  // Port 1 takes no connections.
  const ledger = openLedger({ url: 'postgres://glb@127.0.0.1:1/glb' }, { leaseMs: 5000, worker: 'test' });
  try {
    const thrown = await ledger.migrate().catch((error: unknown) => error);
    expect(String(thrown)).toContain('ECONNREFUSED');
    expect(String(thrown)).not.toContain('newer version');
  } finally {
    await ledger.close();
  }
});
