import { describe, expect, it } from 'vitest';
import { barLine, openProgress } from '../../../app/cli/progress.ts';
import type { Terminal } from '../../../app/cli/terminal.ts';
import { readCliSettings } from '../../../app/settings.ts';
import type { Progress } from '../../../src/index.ts';
import { reportOf } from '../../doubles/reports.ts';

function terminal(isTTY: boolean, env: Readonly<Record<string, string>> = {}): Terminal & { readonly said: string[] } {
  const said: string[] = [];
  const stream = { isTTY, columns: 40 };
  const settings = readCliSettings({ argv: [], env, cwd: () => '/', stdout: stream, stderr: stream });
  return { settings, said, out: () => {}, err: (text) => said.push(text) };
}

const [asset] = reportOf([{ path: 'a.glb', verdict: 'unchanged' }]).assets;
const at = (stage: Progress['stage']): Progress => ({
  path: 'a\u001b[2J.glb',
  stage,
  detail: '',
  done: stage === 'done' ? 1 : 0,
  total: 4,
  ...(stage === 'done' && asset !== undefined ? { asset } : {}),
});

describe('progress', () => {
  it('is a line for each finished file where nobody watches', () => {
    const plain = terminal(false);
    const display = openProgress(plain, false, () => 0);
    for (const stage of ['reading', 'optimizing', 'done'] as const) display.onProgress(at(stage));
    display.end();
    expect(plain.said).toEqual(['1/4 a\uFFFD[2J.glb: unchanged\n']);
  });

  it('is a bar on a terminal after a second, and leaves nothing behind', () => {
    const watched = terminal(true);
    let nowMs = 0;
    const display = openProgress(watched, false, () => nowMs);
    display.onProgress(at('reading'));
    expect(watched.said).toEqual([]);
    nowMs = 1200;
    display.onProgress(at('optimizing'));
    nowMs = 1201;
    display.onProgress(at('comparing'));
    display.end();
    expect(watched.said).toEqual([`\r\u001b[2K${barLine(at('optimizing'), 40)}`, '\r\u001b[2K']);
  });

  it('is nothing when quiet, and plain in CI', () => {
    const quiet = terminal(true);
    openProgress(quiet, true, () => 5000).onProgress(at('done'));
    expect(quiet.said).toEqual([]);
    expect(terminal(true, { CI: 'true' }).settings).toMatchObject({ isInteractive: false, useColor: false });
    expect(terminal(true, { NO_COLOR: '1' }).settings).toMatchObject({ isInteractive: true, useColor: false });
  });

  it('fits the width of the terminal', () => {
    expect([...barLine(at('reading'), 40)]).toHaveLength(39);
    expect(barLine({ ...at('done'), path: 'a.glb' }, 80)).toBe('█████░░░░░░░░░░░░░░░ 1/4 done a.glb');
  });
});
