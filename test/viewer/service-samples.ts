/** Answers of the service, as tests give them; each in the shape that the pages read. */
import type { AssetHistory, StatsDocument, WebAsset, WebJob } from '../../src/index.ts';

/** A name that would be markup. */
export const HOSTILE = `<img src=x onerror="alert('name')">.glb`;
/** A file that waits, with a name that would be markup. */
export const ASSET: WebAsset = {
  path: HOSTILE,
  stage: 'waiting',
  detail: '',
  verdict: null,
  why: '',
  byteLengthBefore: 3_000_000,
  byteLengthAfter: null,
  pictureUrl: null,
  downloadUrl: null,
};
/** An upload, second in the queue. */
export const JOB: WebJob = {
  id: 'job-1',
  kind: 'upload',
  status: 'queued',
  repository: null,
  pullNumber: null,
  pullUrl: null,
  queuePosition: 2,
  assets: [ASSET],
  why: '',
  createdAt: '2026-01-01T00:00:00Z',
  finishedAt: null,
  durationMs: null,
  savedBytes: 0,
  compareUrl: null,
  downloadUrl: null,
  expiresAt: null,
};
/** The same, done. */
export const DONE: WebJob = {
  ...JOB,
  status: 'done',
  queuePosition: null,
  durationMs: 4200,
  savedBytes: 2_400_000,
  compareUrl: '/compare/job-1',
  downloadUrl: '/api/jobs/job-1/files.zip',
  assets: [{ ...ASSET, stage: 'done', verdict: 'improved', byteLengthAfter: 600_000, downloadUrl: '/artifacts/after' }],
};
/** A dashboard with one running, one failed and one finished job. */
export const STATS: StatsDocument = {
  totals: {
    jobCount: 12,
    completed: 9,
    failed: 1,
    successRatio: 0.9,
    savedBytes: 51_900_000,
    savedLfsBytes: 40_000_000,
    medianMs: 4200,
    p95Ms: 19_000,
    queueDepth: 2,
  },
  points: [1, 2, 3].map((day) => ({
    from: `2026-01-0${day}T00:00:00Z`,
    completed: day,
    failed: 0,
    savedBytes: day * 1e6,
    medianMs: 4000,
  })),
  repositories: [{ repository: 'owner/shop', completed: 9, failed: 1, savedBytes: 51_900_000, savedRatio: 0.8 }],
  jobs: [
    { ...JOB, id: 'job-2', status: 'failed', why: HOSTILE, queuePosition: null },
    { ...DONE, kind: 'pull-request', repository: 'owner/shop', pullNumber: 4 },
  ],
  page: 1,
  pageCount: 3,
  running: [{ ...JOB, status: 'running', assets: [{ ...ASSET, stage: 'optimizing' }] }],
  broker: {
    active: 'database',
    tiers: [
      { name: 'redis', state: 'down', since: '2026-01-01T00:00:00Z', lastError: 'connection refused' },
      { name: 'database', state: 'active', since: '2026-01-01T00:00:00Z', lastError: null },
    ],
  },
};

/** One version of an asset. */
export const HISTORY: AssetHistory = {
  versions: [
    {
      repository: 'owner/shop',
      path: HOSTILE,
      commit: 'abcdef0123456789',
      jobId: 'job-1',
      at: '2026-01-01T00:00:00Z',
      verdict: 'improved',
      byteLengthBefore: 3_000_000,
      byteLengthAfter: 600_000,
    },
  ],
};
