/**
 * Breaks everything on purpose, and counts what was lost: `npm run chaos -- --seed 7`. The same seed gives the same blows.
 * `--seeds 10` runs ten of them (the nightly form), `--timeline` tells the jobs that stood still for longest, `--ledger sqlite` runs on the embedded default, `--no-redis` without the first tier.
 */
import { parseArgs } from 'node:util';
import { noPostgres, noRedis } from '../test/doubles/servers.ts';
import { type ChaosResult, runChaos, type SlowJob } from './chaos/run.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2000' },
    ledger: { type: 'string', default: 'postgres' },
    'no-redis': { type: 'boolean', default: false },
    timeline: { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false },
  },
});
const ledger = values.ledger === 'sqlite' ? 'sqlite' : 'postgres';
const withRedis = ledger === 'postgres' && !values['no-redis'];
const missing = [ledger === 'postgres' ? noPostgres : undefined, withRedis ? noRedis : undefined].filter(
  (why) => why !== undefined,
);
if (missing.length > 0) {
  console.error(`cannot run: ${missing.join(', ')}`);
  process.exit(2);
}

const COLUMNS = [
  'seed',
  'accepted',
  'lost',
  'done twice',
  'effects refused',
  'unsettled',
  'ran twice',
  'stall p50',
  'p99',
  'max',
  'limit',
  'accept p99',
  'SQL down',
  'spooled',
  'refused',
  'blows',
  'seconds',
];
const ms = (value: number | null) => (value === null ? '–' : `${Math.round(value)} ms`);

function row(seed: number, result: ChaosResult): string[] {
  const { stall } = result;
  const times = [stall.p50, stall.p99, stall.max, result.stallLimitMs, result.acceptP99, result.acceptP99Down].map(ms);
  const counts = [
    result.accepted,
    result.lost,
    result.doneTwice,
    result.secondTries,
    result.unsettled,
    result.ranTwice,
  ];
  return [
    seed,
    ...counts,
    ...times,
    result.spooled,
    result.refusedAttempts,
    result.blows,
    Math.round(result.durationMs / 1000),
  ].map(String);
}

function slow({ key, isSpooled, sentSeconds, acceptedSeconds, startedSeconds, effectSeconds }: SlowJob): string {
  const s = (value: number) => value.toFixed(2);
  const stallSeconds = (effectSeconds ?? Number.NaN) - acceptedSeconds;
  return `${key}: ${s(stallSeconds)} s; sent ${s(sentSeconds)}, ${isSpooled ? 'spooled' : 'accepted'} ${s(acceptedSeconds)}, started ${startedSeconds.map(s).join(' and ')}, effect ${effectSeconds === null ? 'never' : s(effectSeconds)}`;
}

const rows: string[][] = [];
let isClean = true;
for (let at = 0; at < Number(values.seeds); at++) {
  const seed = Number(values.seed) + at;
  const say = values.quiet ? () => {} : (line: string) => console.log(`seed ${seed}, ${line}`);
  const result = await runChaos({ seed, jobCount: Number(values.jobs), ledger, withRedis, say });
  rows.push(row(seed, result));
  if (values.timeline) for (const one of result.slowest) console.log(slow(one));
  isClean &&=
    result.lost === 0 &&
    result.doneTwice === 0 &&
    result.unsettled === 0 &&
    result.stall.max <= result.stallLimitMs &&
    (result.acceptP99Down ?? 0) < 500;
}
console.log(
  `\n${ledger}${withRedis ? ' with Redis' : ''}, 2 web processes, 3 workers of 4 slots, lease 3 s, Node ${process.versions.node}`,
);
const widths = COLUMNS.map((name, column) => Math.max(name.length, ...rows.map((cells) => cells[column]?.length ?? 0)));
for (const cells of [COLUMNS, ...rows])
  console.log(cells.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  '));
process.exitCode = isClean ? 0 : 1;
