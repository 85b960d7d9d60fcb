/** One process of the service under chaos: `web` takes jobs over HTTP, `worker` works on them. Started by run.ts. */
import { openLog } from '../../app/log.ts';
import { startService } from '../../app/main/service.ts';
import { startWeb } from '../../app/main/web.ts';
import { readServiceSettings } from '../../app/settings/service.ts';
import type { Handler } from '../../app/worker.ts';
import type { NewJob } from '../../src/index.ts';

/** What run.ts says on the command line, as JSON. */
export interface ChaosProcess {
  readonly role: 'web' | 'worker';
  /** Where effects are made: the world outside, which says itself whether it was touched twice. */
  readonly world: string;
  readonly environment: Readonly<Record<string, string>>;
}

const { role, world, environment } = JSON.parse(process.argv[2] ?? '') as ChaosProcess;
const settings = readServiceSettings(environment);
// Each outcome that the ledger took is told to the world: two for one job would be one too many.
const log = openLog('debug', (line) => {
  const { level, message, outcome, job } = JSON.parse(line) as Readonly<Record<string, string>>;
  if (message === 'job settled' && outcome === 'done') tell('done', { key: job ?? '' }).catch(() => {});
  if (level === 'error') process.stderr.write(line);
});

async function tell(what: string, body: Readonly<Record<string, string>>): Promise<number> {
  const answer = await fetch(`${world}/${what}`, { method: 'POST', body: JSON.stringify(body) });
  return answer.status;
}

const work: Handler = async (claim, { fence, signal }) => {
  await tell('start', { key: claim.key });
  const { workMs } = claim.payload as { readonly workMs: number };
  await new Promise((resolve) => setTimeout(resolve, workMs));
  signal.throwIfAborted();
  await fence();
  // As a ref on GitHub: moved once, from where it was seen; whoever comes second finds that out.
  await tell('effect', { key: claim.key, token: claim.token });
  return { kind: 'done' };
};

const service = await startService(settings, { web: role === 'web', worker: role === 'worker' }, log, {
  handlers: { chaos: work },
  spareCount: 0,
});
if (role === 'web') {
  await startWeb(service, [
    (web) =>
      web.post('/accept', async (context) => {
        const jobs: readonly NewJob[] = [await context.req.json<NewJob>()];
        const [accepted] = await service.accept(jobs);
        return context.json(accepted, 202);
      }),
  ]);
}
process.stdout.write('ready\n');
