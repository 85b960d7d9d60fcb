/** The files that a benchmark runs over. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** The named files, and those of named folders; without names the corpus beside the checkout, or what the tests bring. */
export function listFiles(names: readonly string[]): readonly string[] {
  return (names.length > 0 ? names : [defaultFolder()]).flatMap(filesOf);
}

function defaultFolder(): string {
  const corpus = path.resolve('../shared/assets');
  return existsSync(corpus) ? corpus : path.resolve('test/assets');
}

function filesOf(name: string): readonly string[] {
  if (!existsSync(name)) throw new Error(`There is no file or folder ${name}.`);
  if (!statSync(name).isDirectory()) return [name];
  return readdirSync(name)
    .filter((file) => file.endsWith('.glb'))
    .sort()
    .map((file) => path.join(name, file));
}
