/** Foreign text in a log is text, as the runner's own parser sees it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ActionLog, actionLog } from '../../../app/action/log.ts';
import { cutToBytes } from '../../../app/action/runner-files.ts';
import { parseCommand } from '../../actions-runner/commands.ts';

function written(say: (log: ActionLog) => void): string[] {
  let text = '';
  say(
    actionLog((part) => {
      text += part;
    }),
  );
  return text.split('\n').slice(0, -1);
}

const HOSTILE = [
  '::set-env name=PATH::/tmp',
  '  ::add-mask::a',
  'models/##[add-path]/tmp.glb',
  'a\n::error::b',
  'a\r::stop-commands::b',
  '%0A::warning::c',
  '::::',
];

describe('the log of the Action', () => {
  it.each(HOSTILE)('shows %j as one line that is no command', (text) => {
    const lines = written((log) => log.line(text));
    expect(lines).toHaveLength(1);
    expect(lines.map(parseCommand)).toEqual([undefined]);
  });

  it('never lets a line be a command, whatever it holds', () => {
    const parts = fc.constantFrom(
      ':',
      '::',
      '##[',
      ']',
      'add-mask',
      'error',
      ' ',
      '\n',
      '\r',
      '%0A',
      '\u200b',
      '#',
      'x',
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 12 }), (pieces) => {
        const lines = written((log) => log.line(pieces.join('')));
        expect(lines).toHaveLength(1);
        expect(lines.map(parseCommand)).toEqual([undefined]);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps the text of an annotation within its one command, at its file', () => {
    const file = 'models/a,line=9::b%\n::error::c.glb';
    const lines = written((log) => log.annotate('error', 'Over budget: 50 %', 'a\n::warning::b, 100 %', { file }));
    expect(lines).toHaveLength(1);
    expect(parseCommand(lines[0] ?? '')).toEqual({
      name: 'error',
      properties: { file: 'models/a,line=9::b% ::error::c.glb', line: '1', title: 'Over budget: 50 %' },
      // Its second line would be a command in a log that shows it bare, so it is broken too.
      message: 'a\n:\uFFFD:warning::b, 100 %',
    });
  });

  it('annotates ten errors and ten warnings, and says the rest in lines', () => {
    const lines = written((log) => {
      for (let at = 0; at < 12; at++) {
        log.annotate('error', 'E', `${at}`);
        log.annotate('warning', 'W', `${at}`);
      }
    });
    const names = lines.map((line) => parseCommand(line)?.name ?? 'line');
    expect(names.filter((name) => name === 'error')).toHaveLength(10);
    expect(names.filter((name) => name === 'warning')).toHaveLength(10);
    expect(lines.filter((line) => parseCommand(line) === undefined)).toEqual([
      'error: E: 10',
      'warning: W: 10',
      'error: E: 11',
      'warning: W: 11',
    ]);
  });

  it('closes a group before it opens the next', () => {
    const lines = written((log) => {
      log.group('One');
      log.group('Two');
      log.endGroup();
      log.endGroup();
    });
    expect(lines).toEqual(['::group::One', '::endgroup::', '::group::Two', '::endgroup::']);
  });
});

describe('a summary', () => {
  it('is cut at a line when it is over the limit in bytes, not in characters', () => {
    const text = Array.from({ length: 100 }, (_, at) => `ä€😀 ${at}`).join('\n');
    const cut = cutToBytes(text, 500);
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(500);
    expect(cut.startsWith('ä€😀 0\nä€😀 1\n')).toBe(true);
    expect(cut).toContain('Cut here');
    expect(cutToBytes('short', 500)).toBe('short');
  });
});
