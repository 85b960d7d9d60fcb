/** Finds the lines of a commit's code that register decoders. */
import { CODE_SUFFIXES, LOADER_LINES, LOADER_WORDS } from '../../src/index.ts';
import { type GitPlace, tryGit } from './git.ts';

/** The lines by file, in the order of paths; none when git cannot search. Tracked packages are not searched. */
export async function findLoaderLines(
  place: GitPlace,
  commit: string,
): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const words = LOADER_WORDS.flatMap((word) => ['-e', word]);
  const paths = CODE_SUFFIXES.map((suffix) => `:(glob)**/*${suffix}`);
  const args = ['grep', '-I', '-F', '--no-color', '--full-name', '-z', ...words, commit, '--'];
  // These patterns are ours, not names of files.
  const environment = { GIT_LITERAL_PATHSPECS: '0' };
  const { exitCode, stdout } = await tryGit(place, [...args, ...paths, ':(exclude,glob)**/node_modules/**'], {
    environment,
  });
  return exitCode === 0 ? linesOf(stdout.toString(), commit) : [];
}

/** With `-z` a line is `commit:path NUL text LF`. */
function linesOf(output: string, commit: string): { path: string; text: string }[] {
  const byPath = new Map<string, string[]>();
  for (const record of output.split('\n').slice(0, LOADER_LINES.most)) {
    const end = record.indexOf('\0');
    if (end < 0 || !record.startsWith(`${commit}:`)) continue;
    const path = record.slice(commit.length + 1, end);
    const lines = byPath.get(path) ?? [];
    lines.push(record.slice(end + 1, end + 1 + LOADER_LINES.chars));
    byPath.set(path, lines);
  }
  return [...byPath].map(([path, lines]) => ({ path, text: lines.join('\n') }));
}
