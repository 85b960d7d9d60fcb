/** `npm run bench -- dashboard`, or this file with the word `postgres`: how long the numbers of the dashboard take with many jobs in the ledger. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openLog } from '../../app/log.ts';
import { openGitHubRoom } from '../../app/main/github.ts';
import { openRooms } from '../../app/main/rooms.ts';
import { startService } from '../../app/main/service.ts';
import { startWeb } from '../../app/main/web.ts';
import { readServiceSettings } from '../../app/settings/service.ts';
import { openMeter } from '../../app/web/metrics.ts';
import { startPostgres } from '../../test/doubles/servers.ts';
import { type FinishedReview, fillLedger } from './fill-ledger.ts';
import { fillPostgres } from './fill-postgres.ts';

const JOBS = 100_000;
const REPOSITORIES = 40;
const DAYS = 90;
const ROUNDS = 15;
const QUERIES = [
  '',
  '?days=90',
  '?days=90&status=failed',
  '?days=90&repository=acme/r7',
  '?days=90&status=done&page=3900',
  '?days=90&status=failed&page=80',
  '?days=90&page=3900',
];

const folder = await mkdtemp(path.join(tmpdir(), 'glb dashboard '));
const isPostgres = process.argv.includes('postgres');
const postgres = isPostgres ? await startPostgres() : null;
const settings = readServiceSettings({
  DATA_DIR: folder,
  PORT: '0',
  ...(postgres && { DATABASE_URL: postgres.url }),
});
const log = openLog('error', (line) => process.stderr.write(line));
const meter = openMeter();
const github = await openGitHubRoom(settings, log, meter);
const service = await startService(settings, { web: true, worker: false }, log);
if (postgres) await fillPostgres(postgres.url, { jobs: JOBS, repositories: REPOSITORIES, days: DAYS });
else {
  const database = new DatabaseSync(path.join(folder, 'ledger.sqlite'));
  fillLedger(database, reviews());
  database.close();
}
const web = await startWeb(service, [await openRooms(service, github.people, meter)]);
console.log(
  `${isPostgres ? 'Postgres' : 'SQLite'}: ${JOBS} reviews of ${REPOSITORIES} repositories over ${DAYS} days, Node ${process.version}; ${ROUNDS} rounds`,
);
for (const query of QUERIES) {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startMs = performance.now();
    const answer = await fetch(`${web.url}/api/stats${query}`);
    await answer.text();
    if (!answer.ok) throw new Error(`/api/stats${query} answers ${answer.status}`);
    times.push(performance.now() - startMs);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => `${times[Math.floor((times.length - 1) * share)]?.toFixed(0)} ms`;
  console.log(`/api/stats${query}  median ${at(0.5)}, worst ${at(1)}`);
}
await web.close();
await service.stop();
github.stop();
await postgres?.close();
await rm(folder, { recursive: true });

/** Finished reviews, one in fifty failed, one asset each. */
function* reviews(): Generator<FinishedReview> {
  const startMs = Date.now() - (DAYS - 1) * 86_400_000;
  for (let index = 1; index <= JOBS; index++) {
    yield {
      key: `k${index}`,
      repository: `acme/r${(index * 7919) % REPOSITORIES}`,
      pullNumber: 7,
      path: 'a.glb',
      commit: 'c',
      atMs: Math.floor(startMs + (index / JOBS) * (DAYS - 1) * 86_400_000),
      durationMs: 1000 + ((index * 104_729) % 60_000),
      byteLengthBefore: 9_000_000,
      byteLengthAfter: 2_000_000,
      isLfs: false,
      failedWhy: index % 50 === 0 ? 'why' : null,
    };
  }
}
