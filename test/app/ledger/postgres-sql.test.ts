/** What a pool does when connections die. */
import { expect, it } from 'vitest';
import { openPostgres } from '../../../app/ledger/postgres-sql.ts';
import { noPostgres, skipped, startPostgres } from '../../doubles/servers.ts';

it.skipIf(skipped(noPostgres))('outlives a connection that dies in a transaction while no statement runs', async () => {
  const server = await startPostgres();
  const sql = openPostgres({ url: server.url });
  try {
    const work = sql.transaction(async (run) => {
      const [row] = await run('select pg_backend_pid() as pid');
      await sql.run('select pg_terminate_backend($1::integer)', [Number(row?.pid)]);
      // An error that nobody listens for would end the process in this moment.
      await new Promise((resolve) => setTimeout(resolve, 300));
      await run('select 1');
    });
    await expect(work).rejects.toThrow();
    expect(await sql.run('select 1 as one')).toEqual([{ one: 1 }]);
  } finally {
    await sql.close();
    await server.close();
  }
});
