/** Jobs for benchmarks of the service: uploads of one model each, put where the service looks for them. */
import { openLog } from '../../app/log.ts';
import { type Service, startService } from '../../app/main/service.ts';
import { readServiceSettings } from '../../app/settings/service.ts';

const HOUR_MS = 3_600_000;
const LOOK_EVERY_MS = 25;
let count = 0;

/** A service of this process, without a browser. */
export function startBenchService(env: Readonly<Record<string, string>>, hasWorker: boolean): Promise<Service> {
  const settings = readServiceSettings({ PATH: '/nowhere', PORT: '0', ...env });
  const log = openLog('error', (line) => process.stderr.write(line));
  return startService(settings, { web: false, worker: hasWorker }, log);
}

/** Accepts a job for each model; gives the keys of the jobs. */
export async function acceptUploads(service: Service, models: readonly Uint8Array[]): Promise<readonly string[]> {
  const jobs = await storeUploads(service, models);
  await service.accept(jobs);
  return jobs.map(({ key }) => key);
}

/** Stores the models, and makes a job for each that waits to be accepted. */
export function storeUploads(service: Service, models: readonly Uint8Array[]) {
  return Promise.all(
    models.map(async (bytes) => {
      const { digest, byteLength } = await service.artifacts.put(bytes);
      const upload = { files: [{ path: 'a.glb', digest, byteLength }], expiresMs: Date.now() + HOUR_MS };
      const nowhere = { repository: null, baseCommit: null, headCommit: null, branch: null };
      const payload = { job: { kind: 'upload', ...nowhere, upload }, flags: { target: 'three' } };
      const key = `upload/bench-${process.pid}-${++count}`;
      return { kind: 'review', key, lane: null, group: 'uploads', priority: 25, payload };
    }),
  );
}

/** Waits until all have ended; throws when one failed. */
export async function waitFor({ ledger }: Service, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    for (;;) {
      const record = await ledger.board.find({ key });
      if (record?.state === 'done') break;
      if (record?.state === 'failed') throw new Error(`a job failed: ${record.error}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }
}
