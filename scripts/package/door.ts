/** Imports through the door of `src`, led to the files behind it: the bundler splits by file, and everything is behind that one. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Plugin } from 'esbuild';

const EXPORTS = /^export \{([^}]*)\} from '(\.[^']+)';/gm;
const IMPORTS = /^import \{([^}]*)\} from '(?:\.\.\/)+src\/index\.ts';/gm;

/** What a list in braces names, without its types. */
function namesIn(list: string): readonly string[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && !name.startsWith('type '));
}

/** For the files of `app`. */
export function throughTheDoor(root: string): Plugin {
  return {
    name: 'through-the-door',
    async setup(build) {
      const src = path.join(root, 'src');
      const door = await readFile(path.join(src, 'index.ts'), 'utf8');
      const places = new Map(
        [...door.matchAll(EXPORTS)].flatMap(([, list = '', file = '']) =>
          namesIn(list).map((name) => [name, path.join(src, file)] as const),
        ),
      );
      const led = (name: string): string => {
        const place = places.get(name.split(' as ')[0] ?? name);
        if (place === undefined) throw new Error(`src/index.ts has no ${name}.`);
        return `import { ${name} } from ${JSON.stringify(place)};`;
      };
      build.onLoad({ filter: /[\\/]app[\\/].*\.ts$/ }, async ({ path: file }) => {
        const text = await readFile(file, 'utf8');
        // The lines stay where they are, for messages that name them.
        const contents = text.replace(IMPORTS, (whole, list: string) => {
          const lines = whole.split('\n').length - 1;
          return namesIn(list).map(led).join(' ') + '\n'.repeat(lines);
        });
        return { contents, loader: 'ts' };
      });
    },
  };
}
