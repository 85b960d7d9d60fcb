/** The log of a step: lines that a reader sees, and commands that the runner obeys. Foreign text is never a command. */
import { clean } from '../../src/index.ts';

/** A place in a file of the repository. */
export interface LogPlace {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** What a step says. */
export interface ActionLog {
  /** One line; whatever it holds, it stays a line. */
  line(text: string): void;
  /** Lines of our own whose blanks count; names in them are clean already. */
  block(text: string): void;
  /** What follows is folded under the title, until the next group or `endGroup`. */
  group(title: string): void;
  endGroup(): void;
  /** A box at the top of the run and at the file; false when the runner would drop it, and it became a line. */
  annotate(severity: 'error' | 'warning', title: string, message: string, place?: LogPlace): boolean;
  /** From now on the runner hides this text in every log. */
  mask(secret: string): void;
}

// [docs: checks/create, "Actions annotations"] A step shows ten of each; further ones are dropped without a word.
const ANNOTATION_LIMIT_COUNT = 10;
const LINE_LIMIT_CHARS = 1000;
// 4,096 characters of an annotation are shown; nobody reads so many.
const MESSAGE_LIMIT_CHARS = 2000;

/** A log over the step's output stream. */
export function actionLog(write: (text: string) => void): ActionLog {
  const left = { error: ANNOTATION_LIMIT_COUNT, warning: ANNOTATION_LIMIT_COUNT };
  let isGroupOpen = false;
  const line = (text: string): void => write(`${inert(clean(text, LINE_LIMIT_CHARS))}\n`);
  const endGroup = (): void => {
    if (isGroupOpen) write('::endgroup::\n');
    isGroupOpen = false;
  };
  return {
    line,
    block: (text) => {
      for (const one of text.trimEnd().split('\n')) write(`${inert(one.replaceAll('\r', ' ').trimEnd())}\n`);
    },
    endGroup,
    group(title) {
      endGroup();
      write(command('group', {}, clean(title, LINE_LIMIT_CHARS)));
      isGroupOpen = true;
    },
    annotate(severity, title, message, place) {
      if (left[severity] <= 0) {
        line(`${severity}: ${title}: ${message}`);
        return false;
      }
      left[severity]--;
      const properties = {
        ...(place === undefined ? {} : { file: clean(place.file, 1000), line: place.line ?? 1 }),
        ...(place?.column === undefined ? {} : { col: place.column }),
        title: clean(title, 200),
      };
      // Line breaks are escaped, so that the lines of an annotation stay within its one command.
      const lines = message.split(/\r\n?|\n/).map((text) => indented(text));
      write(command(severity, properties, lines.join('\n').slice(0, MESSAGE_LIMIT_CHARS)));
      return true;
    },
    mask(secret) {
      // The runner would hide every line break, or nothing.
      for (const part of secret.split(/[\r\n]+/)) if (part.length >= 4) write(command('add-mask', {}, part));
    },
  };
}

// YAML lives by its blanks.
function indented(text: string): string {
  const [blanks = ''] = /^ {0,8}/.exec(text) ?? [];
  return blanks + clean(text, MESSAGE_LIMIT_CHARS);
}

/**
 * Text that the runner takes for no command. [actions/runner src/Runner.Common/ActionCommand.cs] `::name::` counts at the
 * start of a line, behind blanks too, the old `##[name]` anywhere in it. A zero-width space breaks both, and nobody sees it.
 */
function inert(text: string): string {
  return text.replace(/^(\s*:)(?=:)/, '$1\u200b').replaceAll('##[', '##\u200b[');
}

/** [actions/toolkit packages/core/src/command.ts] `::name key=value,key=value::message`, escaped as the runner reads it. */
function command(name: string, properties: Readonly<Record<string, string | number>>, message: string): string {
  const list = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
  return `::${name}${list.length === 0 ? '' : ` ${list.join(',')}`}::${escapeData(message)}\n`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
