/** What people write to us in comments: `/glb optimize --preset small models/hero.glb`. */
import { presetSchema } from '../../../src/index.ts';

/** A command. A path is a file or a folder of the repository. */
export type Command =
  | { readonly kind: 'optimize'; readonly preset: Preset | null; readonly path: string | null }
  | { readonly kind: 'accept'; readonly path: string | null }
  | { readonly kind: 'undo' | 'skip' | 'status' | 'backfill' | 'help' };

type Preset = ReturnType<typeof presetSchema.parse>;

// A path is shorter than this on every system; more is nonsense that somebody wants us to chew.
const LINE_LIMIT_CHARS = 1000;

/** The first command of a comment; what is wrong with it; or undefined when there is none. Quoted lines and code do not count. */
export function readCommand(body: string): Command | { readonly kind: 'unclear'; readonly why: string } | undefined {
  let isCode = false;
  for (const line of body.slice(0, 10_000).split(/\r\n?|\n/)) {
    if (/^\s*(```|~~~)/.test(line)) isCode = !isCode;
    if (isCode || !/^\/glb(\s|$)/.test(line)) continue;
    if (line.length > LINE_LIMIT_CHARS) return { kind: 'unclear', why: 'the line is too long' };
    const [, name = 'help', ...words] = line.trim().split(/\s+/);
    return commandOf(name, words);
  }
  return undefined;
}

function commandOf(
  name: string,
  words: readonly string[],
): Command | { readonly kind: 'unclear'; readonly why: string } {
  switch (name) {
    case 'optimize':
      return readOptimize(words);
    case 'accept':
      return { kind: 'accept', path: pathOf(words) };
    case 'undo':
    case 'skip':
    case 'status':
    case 'backfill':
    case 'help':
      return words.length === 0 ? { kind: name } : { kind: 'unclear', why: `/glb ${name} takes no words` };
    default:
      return { kind: 'unclear', why: 'there is no such command' };
  }
}

function readOptimize(words: readonly string[]): Command | { readonly kind: 'unclear'; readonly why: string } {
  const at = words.findIndex((word) => word === '--preset' || word.startsWith('--preset='));
  if (at < 0) {
    const unknown = words.find((word) => word.startsWith('--'));
    if (unknown !== undefined) return { kind: 'unclear', why: 'there is no such option' };
    return { kind: 'optimize', preset: null, path: pathOf(words) };
  }
  const isJoined = words[at] !== '--preset';
  const value = isJoined ? words[at]?.slice('--preset='.length) : words[at + 1];
  const preset = presetSchema.safeParse(value);
  if (!preset.success) return { kind: 'unclear', why: `a preset is one of ${presetSchema.options.join(', ')}` };
  const rest = [...words.slice(0, at), ...words.slice(at + (isJoined ? 1 : 2))];
  return { kind: 'optimize', preset: preset.data, path: pathOf(rest) };
}

// A path with spaces is written as it is, or in quotes or backticks.
function pathOf(words: readonly string[]): string | null {
  const text = words
    .join(' ')
    .replace(/^(["'`])(.*)\1$/, '$2')
    .replace(/^\.?\//, '')
    .replace(/\/$/, '');
  return text === '' || text === '.' ? null : text;
}
