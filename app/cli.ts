#!/usr/bin/env node
/** The command line's entry: settings, streams and signals; everything else is in cli/. */
import { constants } from 'node:os';
import { runCli } from './cli/run.ts';
import { readCliSettings } from './settings.ts';

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    // The second time, whoever asks does not want to wait for anything.
    if (stop.signal.aborted) process.exit(128 + constants.signals[name]);
    stop.abort();
  });
}
// `| head` closes our output when it has enough: no fault of anybody.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 3));
}

const terminal = {
  settings: readCliSettings(process),
  out: (text: string) => void process.stdout.write(text),
  err: (text: string) => void process.stderr.write(text),
};
process.exitCode = await runCli(terminal, stop.signal);
