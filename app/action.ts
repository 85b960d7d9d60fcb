#!/usr/bin/env node
/** The GitHub Action's entry: the first line, signals, and how it ends; everything else is in action/. */

// Before anything is loaded, so that somebody who watches knows that it runs.
process.stdout.write('GLB Optimizer is starting.\n');

const stop = new AbortController();
// [docs: canceling a workflow] SIGINT, 7.5 s later SIGTERM, 2.5 s later the end.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop.abort());

const { runAction } = await import('./action/run.ts');
process.exitCode = await runAction(process, (text) => void process.stdout.write(text), stop.signal);
// An open connection must not keep the runner waiting.
process.stdout.write('', () => process.exit());

export {};
