/** The program as npm gets it: bundled, and with no more in each of its two processes than that one needs. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagesIn } from '../scripts/package/licences.ts';
import { bundleProgram } from '../scripts/package/program.ts';
import { readReport } from '../src/index.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const home = mkdtempSync(path.join(tmpdir(), 'glb program '));
const app = path.join(home, 'dist/app');
afterAll(() => rmSync(home, { recursive: true }));

let metafile: Metafile;
beforeAll(async () => {
  metafile = await bundleProgram(ROOT, app);
  copyFileSync(path.join(ROOT, 'package.json'), path.join(home, 'package.json'));
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(home, 'node_modules'));
});

/** What an entry loads before it does anything: our files, packages that went in, and those that did not. */
function loadedBy(entry: string): readonly string[] {
  const outputs = new Map(
    Object.entries(metafile.outputs).map(([name, output]) => [path.resolve(ROOT, name), output] as const),
  );
  const seen = new Set([path.join(app, entry)]);
  const loaded: string[] = [];
  for (const name of seen) {
    const { inputs = {}, imports = [] } = outputs.get(name) ?? {};
    loaded.push(...Object.keys(inputs));
    for (const { kind, external, path: target } of imports) {
      if (kind !== 'import-statement') continue;
      if (external) loaded.push(target);
      else seen.add(path.resolve(ROOT, target));
    }
  }
  return loaded;
}

describe('the program that npm gets', () => {
  it('optimizes a file, reads YAML, and gives the bytes that the sources give', { timeout: 60_000 }, () => {
    const policy = path.join(ROOT, 'scripts/bench/policy.yml');
    const [built, source] = [path.join(app, 'cli.js'), path.join(ROOT, 'app/cli.ts')].map((program) => {
      const output = path.join(home, 'out.glb');
      const words = ['optimize', 'fox.glb', '-o', output, '--policy', policy, '--no-render', '--json'];
      const said = execFileSync(process.execPath, [program, ...words], { cwd: path.join(ROOT, 'test/assets') });
      return { bytes: readFileSync(output), report: readReport(said.toString()) };
    });
    expect(built?.report.assets).toMatchObject([{ path: 'fox.glb', after: { byteLength: built?.bytes.byteLength } }]);
    expect(built?.bytes.equals(source?.bytes ?? Buffer.alloc(0))).toBe(true);
  });

  // Each of them takes a tenth to a third of what a process without it needs to start.
  it('starts the process of a file without what talks to people, and without codecs that the file may not need', () => {
    const loaded = loadedBy('child.js');
    expect(loaded).toContain('app/sandbox/child.ts');
    expect(
      loaded.filter((name) => /\b(yaml|minimatch|commander|sharp|gltf-validator|draco3dgltf)\b/.test(name)),
    ).toEqual([]);
  });

  it('starts that process before it loads its own commands', () => {
    const loaded = loadedBy('cli.js');
    expect(loaded).toContain('app/sandbox/launch.ts');
    expect(loaded.filter((name) => !/^(node:|src\/)|^app\/(cli|settings|sandbox)\b/.test(name))).toEqual([]);
    expect(loaded).not.toContain('app/cli/run.ts');
  });

  it('holds of other packages what its build says, and nothing that Node must find by its place', () => {
    const names = packagesIn(metafile).map((folder) => folder.replace('node_modules/', ''));
    expect(names).toEqual(expect.arrayContaining(['commander', 'meshoptimizer', 'minimatch', 'yaml', 'zod']));
    for (const name of names) {
      const { dependencies = {}, gypfile } = JSON.parse(
        readFileSync(path.join(ROOT, 'node_modules', name, 'package.json'), 'utf8'),
      ) as { readonly dependencies?: object; readonly gypfile?: boolean };
      expect([name, gypfile, Object.keys(dependencies).filter((needed) => !names.includes(needed))]).toEqual([
        name,
        undefined,
        [],
      ]);
    }
  });
});
