/** What commands say: results on one stream, everything else on the other. */
import { styleText } from 'node:util';
import { BotError, clean, messageOf } from '../../src/index.ts';
import type { CliSettings } from '../settings.ts';

/** Where a command writes. */
export interface Terminal {
  readonly settings: CliSettings;
  /** The result. */
  readonly out: (text: string) => void;
  /** Progress, notes and errors. */
  readonly err: (text: string) => void;
}

/** Bold, where the terminal can. */
export function bold(terminal: Terminal, text: string): string {
  return terminal.settings.useColor ? styleText('bold', text, { validateStream: false }) : text;
}

/** Grey, where the terminal can. */
export function dim(terminal: Terminal, text: string): string {
  return terminal.settings.useColor ? styleText('dim', text, { validateStream: false }) : text;
}

/** The one JSON document of `--json`. */
export function writeJson(terminal: Terminal, value: unknown): void {
  terminal.out(`${JSON.stringify(value, null, 2)}\n`);
}

/** A file name as one line, without anything that could steer the terminal. */
export function shown(name: string): string {
  return clean(name, 300);
}

/** Says what went wrong; with `--json` also to the machine that reads the result. */
export function sayError(terminal: Terminal, thrown: unknown, asJson: boolean): void {
  const lines = messageOf(thrown)
    .split('\n')
    .map((line) => clean(line, 2000));
  const head = terminal.settings.useColor ? styleText('red', 'error:', { validateStream: false }) : 'error:';
  terminal.err(`${head} ${lines.join('\n       ')}\n`);
  if (!(thrown instanceof BotError) && thrown instanceof Error && thrown.stack !== undefined) {
    terminal.err(
      `${dim(terminal, thrown.stack)}\nThis is a fault of glb-optimizer. Please report it with the lines above.\n`,
    );
  }
  if (!asJson) return;
  const { at, expected, received, hint } = thrown instanceof BotError ? thrown.detail : {};
  const code = thrown instanceof BotError ? thrown.code : 'INTERNAL';
  writeJson(terminal, { error: { code, message: lines.join('\n'), at, expected, received, hint } });
}
