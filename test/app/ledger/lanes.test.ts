import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sqlBoard } from '../../../app/ledger/job-board.ts';
import { sqlLedger } from '../../../app/ledger/job-ledger.ts';
import { migratePostgres, migrateSqlite } from '../../../app/ledger/migrate.ts';
import { openPostgres } from '../../../app/ledger/postgres-sql.ts';
import type { Sql } from '../../../app/ledger/sql.ts';
import { openSqlite } from '../../../app/ledger/sqlite-sql.ts';
import type { JobBoard, JobLedger } from '../../../src/index.ts';
import { job, jobCount } from '../../doubles/jobs.ts';
import { noPostgres, skipped, startPostgres } from '../../doubles/servers.ts';

interface Opened {
  readonly sql: Sql;
  readonly close: () => Promise<void>;
}

async function sqlite(): Promise<Opened> {
  const folder = mkdtempSync(path.join(tmpdir(), 'glb lanes '));
  const file = path.join(folder, 'ledger.sqlite');
  const sql = openSqlite(file);
  await migrateSqlite(file, sql.dialect);
  const close = async () => {
    await sql.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { sql, close };
}

async function postgres(): Promise<Opened> {
  const server = await startPostgres();
  const sql = openPostgres({ url: server.url });
  await migratePostgres(sql.pool, sql.dialect);
  const close = async () => {
    await sql.close();
    await server.close();
  };
  return { sql, close };
}

const OPTIONS = { leaseMs: 10_000, worker: 'test' };
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

for (const [name, why, open] of [
  ['SQLite', undefined, sqlite],
  ['Postgres', noPostgres, postgres],
] as const) {
  describe.skipIf(skipped(why))(`lanes on ${name}`, () => {
    let sql: Sql;
    let ledger: JobLedger;
    let board: JobBoard;
    let close: () => Promise<void>;
    beforeAll(async () => {
      ({ sql, close } = await open());
      ledger = sqlLedger(sql, OPTIONS);
      board = sqlBoard(sql);
    });
    afterAll(() => close?.());

    const states = async (keys: readonly string[]) =>
      Promise.all(keys.map(async (key) => (await board.find({ key }))?.state));
    const newLane = () => `octo/lanes#${jobCount()}`;

    /** A process that is killed after its row is there, before it ends what is older. */
    const killed = () =>
      sqlLedger(
        {
          ...sql,
          runSoft: async (text, values) => {
            if (text.startsWith('update job set cancelled')) throw new Error('killed');
            return sql.runSoft(text, values);
          },
        },
        OPTIONS,
      );

    it('are mended after a process that was killed between its two statements', async () => {
      const [older, newer] = [job({ lane: newLane() }), job()];
      const next = { ...newer, lane: older.lane };
      await ledger.tend(1000);
      await ledger.accept([older]);
      await expect(killed().accept([next])).rejects.toThrow('killed');
      expect(await states([older.key, next.key])).toEqual(['queued', 'queued']);
      await ledger.tend(1000);
      expect(await states([older.key, next.key])).toEqual(['superseded', 'queued']);
    });

    it('are mended by a process that starts later, whose older job was old', async () => {
      const older = job({ lane: newLane() });
      const next = job({ lane: older.lane });
      await ledger.accept([older]);
      await ledger.accept(Array.from({ length: 20 }, () => job()));
      await expect(killed().accept([next])).rejects.toThrow('killed');
      await sqlLedger(sql, OPTIONS).tend(1000);
      expect(await states([older.key, next.key])).toEqual(['superseded', 'queued']);
    });

    it('are mended by the same delivery again', async () => {
      const older = job({ lane: newLane() });
      const next = job({ lane: older.lane });
      await ledger.accept([older]);
      await expect(killed().accept([next])).rejects.toThrow('killed');
      expect(await ledger.accept([next])).toMatchObject([{ outcome: 'already-known', id: expect.any(String) }]);
      expect(await states([older.key, next.key])).toEqual(['superseded', 'queued']);
    });

    it('keep the last of those that come in one call, and jobs of other kinds', async () => {
      const lane = newLane();
      const all = [job({ lane }), job({ lane, kind: 'command' }), job({ lane }), job({ lane })];
      await ledger.accept(all);
      expect(await states(all.map(({ key }) => key))).toEqual(['superseded', 'queued', 'superseded', 'queued']);
    });

    if (name === 'SQLite') return;

    /** Accepts in a transaction that stays open for a while: a statement that is late to commit. */
    const held = (until: Promise<unknown>, onInserted: () => void) =>
      sqlLedger(
        {
          ...sql,
          runKept: (text, values) =>
            sql.transaction(async (run) => {
              const rows = await run(text, values);
              onInserted();
              await until;
              return rows;
            }),
        },
        OPTIONS,
      );

    /** Two jobs of a lane whose statements did not see each other; the first to be numbered commits last. */
    async function race(meanwhile: () => Promise<unknown>) {
      const [older, newer] = [job({ lane: newLane() }), job()];
      const next = { ...newer, lane: older.lane };
      const [inserted, both] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const first = held(both.promise, inserted.resolve).accept([older]);
      await inserted.promise;
      await ledger.accept([next]);
      await meanwhile();
      both.resolve();
      await first;
      return () => states([older.key, next.key]);
    }

    it('are mended when two came at the same moment and could not see each other', async () => {
      const seen = await race(async () => {});
      expect(await seen()).toEqual(['queued', 'queued']);
      await ledger.tend(1000);
      expect(await seen()).toEqual(['superseded', 'queued']);
    });

    it('are mended a while after a commit that came later than the look at the newer job', async () => {
      const seen = await race(() => ledger.tend(1000));
      await ledger.tend(1000);
      expect(await seen()).toEqual(['queued', 'queued']);
      await later(6200);
      await ledger.tend(1000);
      expect(await seen()).toEqual(['superseded', 'queued']);
    }, 20_000);

    it('are mended by the statement itself when it took long', async () => {
      const seen = await race(() => later(3100));
      expect(await seen()).toEqual(['superseded', 'queued']);
    }, 20_000);
  });
}
