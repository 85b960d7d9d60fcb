#!/usr/bin/env node
/** The command line's entry: settings, streams and signals; everything else is in cli/. */
import { constants } from 'node:os';
import { startForCommand } from './cli/ahead.ts';
import { readCliSettings } from './settings.ts';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
// The oldest Node that has all we call; older ones would fail in the middle of the work.
if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(
    `glb-optimizer needs Node 22.13 or newer, found ${process.versions.node}. In its own checkout, npm scripts bring Node 24: npm run cli -- --help\n`,
  );
  process.exit(2);
}

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

const settings = readCliSettings(process);
const ahead = startForCommand(settings);
await ahead?.started;
// While that process loads what it needs, this one loads its commands.
const { runCli } = await import('./cli/run.ts');
const terminal = {
  settings,
  out: (text: string) => void process.stdout.write(text),
  err: (text: string) => void process.stderr.write(text),
};
process.exitCode = await runCli(terminal, stop.signal, ahead);
await ahead?.end();
