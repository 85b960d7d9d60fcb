/** `npm run bench -- dashboard`: how long the dashboard's numbers take with many jobs in an embedded ledger. */
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

const JOBS = 100_000;
const REPOSITORIES = 40;
const DAYS = 90;
const ROUNDS = 15;
const QUERIES = ['', '?days=90', '?days=90&status=failed', '?days=90&repository=acme/r7', '?days=90&page=3900'];

const folder = await mkdtemp(path.join(tmpdir(), 'glb dashboard '));
const settings = readServiceSettings({ DATA_DIR: folder, PORT: '0' });
const log = openLog('error', (line) => process.stderr.write(line));
const meter = openMeter();
const github = await openGitHubRoom(settings, log, meter);
const service = await startService(settings, { web: true, worker: false }, log);
fill(path.join(folder, 'ledger.sqlite'));
const web = await startWeb(service, [await openRooms(service, github.people, meter)]);
console.log(
  `${JOBS} reviews of ${REPOSITORIES} repositories over ${DAYS} days, Node ${process.version}; ${ROUNDS} rounds`,
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
await rm(folder, { recursive: true });

/** Finished reviews as the service leaves them, one in fifty failed, one asset each. */
function fill(file: string): void {
  const database = new DatabaseSync(file);
  const payload = (group: string) =>
    JSON.stringify({ job: { kind: 'pull-request', repository: group, origin: { pullNumber: 7 } } });
  const job = database.prepare(
    `insert into job (key, kind, grp, priority, turn, payload, state, max_attempts, ready_at, created_at, started_at, finished_at, error)
     values (?, 'review', ?, 20, 0, ?, ?, 5, ?, ?, ?, ?, ?)`,
  );
  const review = database.prepare(
    `insert into review values (?, 'pull-request', ?, 7, 1, 'b', 'c', null, 1, 0, 9000000, 7000000, ?, ?, '{}', '{}', '[]')`,
  );
  const asset = database.prepare(
    `insert into asset values (?, 0, ?, 'a.glb', 'c', 'improved', 9000000, 2000000, 'd', 'e', ?)`,
  );
  const day = database.prepare(
    `insert into day (day, repository, review_count, failed_count, asset_count, improved_count, bytes_before, saved_bytes, duration_ms)
     values (?, ?, 1, ?, 1, 1, 9000000, 7000000, 9000) on conflict (day, repository) do update set review_count = review_count + 1,
     failed_count = failed_count + excluded.failed_count, saved_bytes = saved_bytes + 7000000`,
  );
  const startMs = Date.now() - (DAYS - 1) * 86_400_000;
  database.exec('begin');
  for (let index = 1; index <= JOBS; index++) {
    const group = `acme/r${(index * 7919) % REPOSITORIES}`;
    const atMs = Math.floor(startMs + (index / JOBS) * (DAYS - 1) * 86_400_000);
    const isFailed = index % 50 === 0;
    job.run(
      `k${index}`,
      group,
      payload(group),
      isFailed ? 'failed' : 'done',
      atMs,
      atMs,
      atMs,
      atMs,
      isFailed ? 'why' : null,
    );
    if (!isFailed) {
      review.run(index, group, 1000 + ((index * 104_729) % 60_000), atMs);
      asset.run(index, group, atMs);
    }
    day.run(new Date(atMs).toISOString().slice(0, 10), group, isFailed ? 1 : 0);
  }
  database.exec('commit');
  database.close();
}
