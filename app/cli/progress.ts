/** Says what is going on, on the error stream: one line drawn again on a terminal, a line for each file elsewhere. */
import { formatSaved, type OnProgress, type Progress } from '../../src/index.ts';
import { shown, type Terminal } from './terminal.ts';

/** Told of progress; `end` leaves a clean line behind. */
export interface ProgressDisplay {
  readonly onProgress: OnProgress;
  readonly end: () => void;
}

// Work that is done within a second needs no bar: it would only flicker.
const SHOW_AFTER_MS = 1000;
// Ten times a second looks alive; more only costs time.
const REDRAW_MS = 100;
const BAR_CHARS = 20;
const CLEAR_LINE = '\r\u001b[2K';

/** A display that fits the terminal. `now` gives milliseconds. */
export function openProgress(terminal: Terminal, isQuiet: boolean, now: () => number): ProgressDisplay {
  if (isQuiet) return { onProgress: () => {}, end: () => {} };
  return terminal.settings.isInteractive ? bar(terminal, now) : lines(terminal);
}

function lines(terminal: Terminal): ProgressDisplay {
  return {
    onProgress: (progress) => {
      if (progress.stage !== 'done') return;
      terminal.err(`${progress.done}/${progress.total} ${shown(progress.path)}: ${outcome(progress)}\n`);
    },
    end: () => {},
  };
}

function outcome({ asset, detail }: Progress): string {
  if (asset === undefined) return shown(detail) || 'done';
  const { before, after, verdict } = asset;
  const saved = after === null || before.byteLength === 0 ? undefined : 1 - after.byteLength / before.byteLength;
  return saved === undefined ? verdict : `${verdict}, ${formatSaved(saved)}`;
}

function bar(terminal: Terminal, now: () => number): ProgressDisplay {
  const startedMs = now();
  let drawnMs = Number.NEGATIVE_INFINITY;
  let isDrawn = false;
  return {
    onProgress: (progress) => {
      const nowMs = now();
      if (nowMs - startedMs < SHOW_AFTER_MS || (nowMs - drawnMs < REDRAW_MS && progress.stage !== 'done')) return;
      drawnMs = nowMs;
      isDrawn = true;
      terminal.err(CLEAR_LINE + barLine(progress, terminal.settings.columnCount));
    },
    end: () => {
      if (isDrawn) terminal.err(CLEAR_LINE);
    },
  };
}

/** `██████░░░░ 3/7 comparing models/hero.glb`, at most as wide as the terminal. */
export function barLine(progress: Progress, columnCount: number): string {
  const { done, total, stage, path, detail } = progress;
  const filled = total === 0 ? BAR_CHARS : Math.round((done / total) * BAR_CHARS);
  const meter = '█'.repeat(filled) + '░'.repeat(BAR_CHARS - filled);
  const text = `${meter} ${done}/${total} ${stage} ${shown(path)}${detail === '' ? '' : ` · ${shown(detail)}`}`;
  // One less than the width: some terminals break the line when its last column is written.
  return [...text].slice(0, Math.max(1, columnCount - 1)).join('');
}
