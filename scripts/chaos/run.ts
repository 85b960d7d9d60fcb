/** One chaos run: jobs come in over HTTP while everything is killed, frozen and started again; then the books are checked. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openLedger } from '../../app/ledger/open.ts';
import { freePort, startPostgres, startRedis, type TestServer } from '../../test/doubles/servers.ts';
import { type Blow, type BlowCounts, EMBEDDED, FULL, planBlows, randomOf } from './plan.ts';
import type { ChaosProcess } from './process.ts';
import { openWorld } from './world.ts';

/** How a run is made. */
export interface ChaosOptions {
  readonly seed: number;
  readonly jobCount: number;
  readonly ledger: 'postgres' | 'sqlite';
  readonly withRedis: boolean;
  readonly counts?: BlowCounts;
  /** Told of each blow. */
  readonly say?: (line: string) => void;
}

/** What came of it. Times in milliseconds. */
export interface ChaosResult {
  readonly accepted: number;
  /** Accepted, but without effect. */
  readonly lost: number;
  /** Accepted and with effect, but the ledger does not say done. */
  readonly unsettled: number;
  readonly ranTwice: number;
  /** Jobs whose outcome the ledger took from two workers. */
  readonly doneTwice: number;
  /** Effects that a second worker tried and the world refused: the first was cut off between effect and outcome. */
  readonly secondTries: number;
  readonly stall: { readonly p50: number; readonly p99: number; readonly max: number };
  /** The longest time without SQL, plus lease, plus a second. */
  readonly stallLimitMs: number;
  readonly acceptP99: number;
  /** While SQL was down; null when it never was. */
  readonly acceptP99Down: number | null;
  readonly spooled: number;
  readonly refusedAttempts: number;
  readonly blows: number;
  readonly durationMs: number;
  /** The jobs that stood still for longest; seconds since the first was sent. */
  readonly slowest: readonly SlowJob[];
}

/** Where the time of one job went. */
export interface SlowJob {
  readonly key: string;
  readonly isSpooled: boolean;
  readonly sentSeconds: number;
  readonly acceptedSeconds: number;
  readonly startedSeconds: readonly number[];
  /** Null: never. */
  readonly effectSeconds: number | null;
}

const LEASE_MS = 3000;
const SLOWEST = 12;
const JOBS_PER_SECOND = 33;
const WEB_COUNT = 2;
const WORKER_COUNT = 3;
const PROGRAM = fileURLToPath(new URL('process.ts', import.meta.url));
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Runs it. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { seed, jobCount, ledger, withRedis, say = () => {} } = options;
  const startedMs = Date.now();
  const random = randomOf(seed);
  const durationMs = (jobCount / JOBS_PER_SECOND) * 1000;
  const blows = planBlows(random, options.counts ?? (ledger === 'postgres' ? FULL : EMBEDDED), durationMs);
  const folder = mkdtempSync(path.join(tmpdir(), 'glb chaos '));
  const world = await openWorld();
  const postgres = ledger === 'postgres' ? await startPostgres() : undefined;
  const redis = withRedis ? await startRedis() : undefined;
  const seats: Seat[] = [];
  for (let at = 0; at < WEB_COUNT + WORKER_COUNT; at++) {
    const role = at < WEB_COUNT ? 'web' : 'worker';
    const environment = {
      // With Postgres each process is a machine of its own; SQLite is shared by those of one machine.
      DATA_DIR: postgres === undefined ? folder : path.join(folder, String(at)),
      PORT: String(role === 'web' ? await freePort() : 0),
      LEASE_SECONDS: String(LEASE_MS / 1000),
      WORKER_SLOTS: '4',
      LOG_LEVEL: 'error',
      ...(postgres === undefined ? {} : { DATABASE_URL: postgres.url }),
      ...(redis === undefined ? {} : { REDIS_URL: redis.url }),
    };
    seats.push(seatOf({ role, world: world.url, environment }));
  }
  await Promise.all(seats.map((seat) => seat.start()));
  const webs = seats.slice(0, WEB_COUNT);
  const outages: { readonly fromMs: number; toMs: number }[] = [];

  async function strike(blow: Blow): Promise<void> {
    say(`${((Date.now() - acceptingMs) / 1000).toFixed(1)} s: ${blow.kind}, for ${(blow.downMs / 1000).toFixed(1)} s`);
    if (blow.kind === 'kill-worker' || blow.kind === 'kill-web') {
      const among = blow.kind === 'kill-web' ? webs : seats.slice(WEB_COUNT);
      const seat = among[blow.which % among.length];
      await seat?.kill();
      await pause(blow.downMs);
      return seat?.start();
    }
    const server: TestServer | undefined = blow.kind === 'kill-postgres' ? postgres : redis;
    if (blow.kind === 'freeze-redis') {
      server?.freeze();
      await pause(blow.downMs);
      return server?.thaw();
    }
    const outage = { fromMs: Date.now(), toMs: Number.POSITIVE_INFINITY };
    if (server === postgres) outages.push(outage);
    await server?.kill();
    await pause(blow.downMs);
    await server?.start();
    outage.toMs = Date.now();
  }

  const acceptedAt = new Map<string, number>();
  const latencies: { readonly atMs: number; readonly tookMs: number }[] = [];
  let refusedAttempts = 0;
  const spooled = new Set<string>();
  const sentAt = new Map<string, number>();
  async function send(number: number): Promise<void> {
    const key = `chaos-${seed}-${number}`;
    const job = {
      kind: 'chaos',
      key,
      lane: null,
      group: `octo/${number % 7}`,
      priority: 0,
      payload: { workMs: 5 + random() * 39 },
      maxAttempts: 20,
    };
    for (let attempt = number; ; attempt++) {
      const atMs = Date.now();
      try {
        const response = await fetch(`${webs[attempt % webs.length]?.url}/accept`, {
          method: 'POST',
          body: JSON.stringify(job),
          headers: { 'content-type': 'application/json' },
          signal: AbortSignal.timeout(10_000),
        });
        if (response.status !== 202) throw new Error(`status ${response.status}`);
        const { id } = (await response.json()) as { readonly id: string | null };
        if (id === null) spooled.add(key);
        sentAt.set(key, atMs);
        acceptedAt.set(key, Date.now());
        latencies.push({ atMs, tookMs: Date.now() - atMs });
        return;
      } catch {
        refusedAttempts++;
        await pause(200);
      }
    }
  }

  const acceptingMs = Date.now();
  const seconds = (ms: number | undefined) => (ms === undefined ? null : (ms - acceptingMs) / 1000);
  // A server that takes longer to come back than planned takes its next blow after that.
  const lines = new Map<string, Promise<void>>();
  const striking = blows.map(async (blow) => {
    await pause(blow.atMs);
    const target = blow.kind.replace(/^(kill|freeze)-/, '');
    const turn = (lines.get(target) ?? Promise.resolve()).then(() => strike(blow));
    lines.set(target, turn);
    await turn;
  });
  const sending: Promise<void>[] = [];
  for (let number = 0; number < jobCount; number++) {
    await pause(Math.max(0, acceptingMs + (number * 1000) / JOBS_PER_SECOND - Date.now()));
    sending.push(send(number));
  }
  await Promise.all([...sending, ...striking]);
  const patience = Date.now() + 60_000;
  while (world.effects.size < acceptedAt.size && Date.now() < patience) await pause(100);
  // Who had its effect last still has to say so.
  await pause(LEASE_MS + 1500);
  const unsettled = await countUnsettled(postgres === undefined ? { folder } : { url: postgres.url });

  await Promise.all(seats.map((seat) => seat.kill()));
  await Promise.all([postgres?.close(), redis?.close()]);
  world.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  const lost = [...acceptedAt.keys()].filter((key) => !world.effects.has(key)).length;
  const stalls = [...acceptedAt]
    .map(([key, atMs]) => Math.max(0, (world.effects.get(key) ?? Number.POSITIVE_INFINITY) - atMs))
    .sort((a, b) => a - b);
  const took = (of: typeof latencies) => of.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  const isDown = (atMs: number) => outages.some(({ fromMs, toMs }) => atMs >= fromMs && atMs <= toMs);
  const down = took(latencies.filter(({ atMs }) => isDown(atMs)));
  return {
    accepted: acceptedAt.size,
    lost,
    unsettled,
    ranTwice: [...world.starts.values()].filter(({ length }) => length > 1).length,
    doneTwice: [...world.outcomes.values()].filter((count) => count > 1).length,
    secondTries: world.secondTries(),
    stall: { p50: at(stalls, 0.5), p99: at(stalls, 0.99), max: at(stalls, 1) },
    stallLimitMs: Math.max(0, ...outages.map(({ fromMs, toMs }) => toMs - fromMs)) + LEASE_MS + 1000,
    acceptP99: at(took(latencies), 0.99),
    acceptP99Down: down.length === 0 ? null : at(down, 0.99),
    spooled: spooled.size,
    refusedAttempts,
    blows: blows.length,
    durationMs: Date.now() - startedMs,
    slowest: [...acceptedAt]
      .map(([key, atMs]) => ({ key, stallMs: (world.effects.get(key) ?? Number.POSITIVE_INFINITY) - atMs }))
      .sort((a, b) => b.stallMs - a.stallMs)
      .slice(0, SLOWEST)
      .map(({ key }) => ({
        key,
        isSpooled: spooled.has(key),
        sentSeconds: seconds(sentAt.get(key)) ?? 0,
        acceptedSeconds: seconds(acceptedAt.get(key)) ?? 0,
        startedSeconds: (world.starts.get(key) ?? []).flatMap((ms) => seconds(ms) ?? []),
        effectSeconds: seconds(world.effects.get(key)),
      })),
  };
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

async function countUnsettled(place: { readonly url: string } | { readonly folder: string }): Promise<number> {
  const ledger = openLedger(place, { leaseMs: LEASE_MS, worker: 'books' });
  const { queued, delayed, active, waiting, failed } = await ledger.board.count();
  await ledger.close();
  return queued + delayed + active + waiting + failed;
}

/** A place for one process, which is killed and started again. */
interface Seat {
  readonly url: string;
  start(): Promise<void>;
  kill(): Promise<void>;
}

function seatOf(config: ChaosProcess): Seat {
  let child: ChildProcess | undefined;
  return {
    url: `http://127.0.0.1:${config.environment.PORT}`,
    async start() {
      const started = spawn(process.execPath, [PROGRAM, JSON.stringify(config)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      child = started;
      await new Promise<void>((resolve, reject) => {
        started.stdout.once('data', () => resolve());
        started.once('exit', (code, signal) =>
          signal === 'SIGKILL' ? resolve() : reject(new Error(`a ${config.role} ended with ${code}`)),
        );
      });
    },
    async kill() {
      const dying = child;
      if (dying === undefined || dying.exitCode !== null || dying.signalCode !== null) return;
      const ended = new Promise((resolve) => dying.once('exit', resolve));
      dying.kill('SIGKILL');
      await ended;
    },
  };
}
