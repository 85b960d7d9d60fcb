/** `serve` and `work`: the service. */
import type { Command } from 'commander';
import { EXIT } from './exit-code.ts';
import { addSharedOptions, type SharedOptions } from './options.ts';
import type { Stage } from './stage.ts';

interface ServeOptions extends SharedOptions {
  /** False after `--no-worker`. */
  readonly worker: boolean;
}

/** Adds both commands; `finish` gets the exit code once the service has stopped. */
export function addServe(program: Command, stage: Stage, finish: (exitCode: number) => void): void {
  const serve = program
    .command('serve')
    .summary('run the GitHub App: web server and worker')
    .description(
      'Starts the web server, and a worker inside it. Settings come from the environment, such as PORT, HOST, DATA_DIR, PUBLIC_URL (docs/operations.md has all); with ' +
        'none of them set, everything is kept in DATA_DIR on this machine and only this machine is answered.\n\n' +
        'Use it to run the App yourself. Add machines with `work`.',
    )
    .option('--no-worker', 'the web server alone; `work` runs elsewhere')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  $ glb-optimizer serve                         on http://127.0.0.1:3000\n' +
        '  $ DATABASE_URL=postgres://… REDIS_URL=redis://… glb-optimizer serve --no-worker',
    );
  addSharedOptions(serve, []);
  serve.action(async (options: ServeOptions) => finish(await run(stage, { web: true, worker: options.worker })));
  const work = program
    .command('work')
    .summary('run a worker, on as many machines as you like')
    .description(
      'Takes jobs from the ledger that DATABASE_URL names, or from the one in DATA_DIR, and reviews assets. All ' +
        'machines need the same DATABASE_URL, ARTIFACTS_URL and, where there is one, REDIS_URL.\n\n' +
        'Use it beside `serve --no-worker` when one machine is not enough.',
    )
    .addHelpText('after', '\nExample:\n  $ DATABASE_URL=postgres://… ARTIFACTS_URL=s3://… glb-optimizer work');
  addSharedOptions(work, []);
  work.action(async () => finish(await run(stage, { web: false, worker: true })));
}

// Loaded only now: the other commands start without servers and databases.
async function run(
  { terminal, signal }: Stage,
  roles: { readonly web: boolean; readonly worker: boolean },
): Promise<number> {
  const { runService } = await import('../main/run.ts');
  const { environment, isInteractive } = terminal.settings;
  await runService({ environment, roles, signal, write: terminal.err, isInteractive });
  return EXIT.fine;
}
