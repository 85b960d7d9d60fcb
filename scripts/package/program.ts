/** The program of the npm package: few files in place of hundreds, because finding and reading each takes time at every start. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { build, type Metafile } from 'esbuild';
import { throughTheDoor } from './door.ts';

/**
 * Packages of plain JavaScript that go in: without them every start would look for a hundred files more. All others are found
 * in `node_modules` by Node, as they may be native or bring files along.
 */
const TAKEN_IN = ['commander', 'meshoptimizer', 'minimatch', 'yaml', 'zod'];

/** The command, and the child process for assets, which is looked for beside the code that starts it. */
const ENTRIES = { cli: 'app/cli.ts', child: 'app/sandbox/child.ts' };

/** CommonJS modules inside ES modules ask for Node's own by `require`. The Action's other names come by `node-names.ts`. */
export const BANNER = "import{createRequire as glbRequire}from'node:module';const require=glbRequire(import.meta.url);";

/** Bundles the program into a folder. Returns what went in, by esbuild's own account. */
export async function bundleProgram(root: string, out: string): Promise<Metafile> {
  const { dependencies } = createRequire(import.meta.url)(path.join(root, 'package.json')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ENTRIES,
    outdir: out,
    bundle: true,
    // What only one command needs stays a file of its own, and is loaded by that command.
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.13',
    external: Object.keys(dependencies).filter((name) => !TAKEN_IN.includes(name)),
    banner: { js: BANNER },
    plugins: [throughTheDoor(root)],
    chunkNames: 'chunk-[hash]',
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
  });
  return metafile;
}
