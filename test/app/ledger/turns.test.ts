/** What accepting reads of those that wait: a few entries of an index, however many there are and however old Postgres' statistics. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLedger } from '../../../app/ledger/open.ts';
import { job } from '../../doubles/jobs.ts';
import { noPostgres, skipped, startPostgres, type TestServer } from '../../doubles/servers.ts';

describe.skipIf(skipped(noPostgres))('accepting into a long queue', () => {
  let server: TestServer;
  beforeAll(async () => {
    // Nobody looks at the table meanwhile, as in the minute before Postgres does.
    server = await startPostgres('-c', 'autovacuum=off');
  });
  afterAll(() => server?.close());

  /** Entries of indexes of waiting jobs that were read so far; connections tell at their end. */
  async function readCount(): Promise<number> {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    const { rows } = await client.query<{ readonly n: string }>(
      `select sum(idx_tup_read) as n from pg_stat_user_indexes where indexrelname in ('job_turn', 'job_ready')`,
    );
    await client.end();
    return Number(rows[0]?.n);
  }

  it('does not read all that wait', async () => {
    const open = () => openLedger({ url: server.url }, { leaseMs: 60_000, worker: 'test' });
    const before = open();
    await before.migrate();
    await before.jobs.accept(Array.from({ length: 3000 }, () => job()));
    for (let claims = await before.jobs.claim({ limit: 500 }); claims.length > 0; ) {
      await Promise.all(claims.map((claim) => before.jobs.settle(claim, { kind: 'done' })));
      claims = await before.jobs.claim({ limit: 500 });
    }
    await before.close();

    // Planned now that nobody waits, and kept.
    const ledger = open();
    await ledger.jobs.accept([job()]);
    await ledger.jobs.accept(Array.from({ length: 2000 }, () => job()));
    await ledger.close();
    const start = await readCount();
    const again = open();
    for (let accepted = 0; accepted < 20; accepted++) await again.jobs.accept([job()]);
    await again.close();
    await expect.poll(readCount, { timeout: 10_000 }).toBeGreaterThan(start);
    expect((await readCount()) - start).toBeLessThan(20 * 50);
  }, 60_000);
});
