/** The rules of the house: who may import whom. Type imports count. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** From the door to the ground floor; a file imports only what is to the right of it, or of its own folder. */
const LINE = [
  'index',
  'pipeline',
  'compare-files',
  'answer',
  'reviewer',
  'review',
  'unread',
  'show',
  'ladder',
  'inspection',
  'inspect',
  'propose',
  'page-ports',
  'service-ports',
  'ports',
  'report',
  'compare',
  'optimize',
  'policy',
  'asset',
  'ground',
];
const GROUND = ['finding', 'units', 'errors', 'content', 'version'];

/** These choose adapters; everything else gets what it needs. */
const ENTRIES = /^app\/(cli|main|action)(\.ts$|\/)/;

/** Types, and kernels that run in a browser as they are. */
const VIEWER_MAY_IMPORT = [
  'src/report/report.ts',
  'src/report/report-page.ts',
  'src/report/service.ts',
  'src/ports.ts',
  'src/units.ts',
  'src/asset/textures.ts',
  'src/asset/data-uri.ts',
  'src/asset/what-file.ts',
  'src/compare/pixels.ts',
  'src/compare/picture-diff.ts',
];

// A screen or two. Above that, a file has two nouns in it.
const LINE_LIMIT = 300;

interface SourceFile {
  /** From the root, with `/`. */
  readonly name: string;
  readonly text: string;
  /** Ours as paths from the root, others as written. */
  readonly imports: readonly string[];
}

function read(folder: string): SourceFile[] {
  if (!existsSync(path.join(ROOT, folder))) return [];
  const names = readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return names
    .map((name) => `${folder}/${name.replaceAll(path.sep, '/')}`)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .sort()
    .map((name) => {
      const text = readFileSync(path.join(ROOT, name), 'utf8');
      return { name, text, imports: importsOf(name, text) };
    });
}

function importsOf(name: string, text: string): string[] {
  const found = [
    ...text.matchAll(/^(?:import|export)\b[^'";]*?\bfrom\s+'([^']+)'/gm),
    ...text.matchAll(/^import\s+'([^']+)'/gm),
    ...text.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g),
  ].map((match) => match[1] ?? '');
  return found.map((target) => (target.startsWith('.') ? path.posix.join(path.posix.dirname(name), target) : target));
}

const src = read('src');
const app = read('app');
const viewer = read('viewer');
const others = [...read('test'), ...read('scripts')];

/** `src/report/markdown.ts` is in the room `report`, `src/units.ts` on the ground. */
function roomOf(name: string): string {
  const room = name.split('/')[1]?.replace(/\.ts$/, '') ?? '';
  return GROUND.includes(room) ? 'ground' : room;
}

/** Every import that the rule forbids, as `file imports target`. */
function broken(files: readonly SourceFile[], isForbidden: (file: string, target: string) => boolean): string[] {
  return files.flatMap(({ name, imports }) =>
    imports.filter((target) => isForbidden(name, target)).map((target) => `${name} imports ${target}`),
  );
}

describe('the house', () => {
  it('has its files', () => {
    expect(src.length).toBeGreaterThan(10);
    expect(app.length).toBeGreaterThan(10);
    expect(importsOf('src/a/b.ts', "import type { X } from '../x.ts';\nexport {\n  y,\n} from './y.ts';")).toEqual([
      'src/x.ts',
      'src/a/y.ts',
    ]);
  });

  it('has a place on the line for everything in src', () => {
    expect(src.map((file) => file.name).filter((name) => !LINE.includes(roomOf(name)))).toEqual([]);
  });

  it('imports only downwards in src', () => {
    const isUpward = (file: string, target: string) => {
      if (!target.startsWith('src/')) return /^(app|viewer|test|scripts)\//.test(target);
      const [from, to] = [roomOf(file), roomOf(target)];
      const isSameFolder = from === to && path.posix.dirname(file) !== 'src';
      return !isSameFolder && LINE.indexOf(to) <= LINE.indexOf(from);
    };
    expect(broken(src, isUpward)).toEqual([]);
  });

  it('computes in src without the machine: no node: module but node:crypto', () => {
    expect(broken(src, (_file, target) => target.startsWith('node:') && target !== 'node:crypto')).toEqual([]);
  });

  it('enters src through its one door', () => {
    const isSideDoor = (_file: string, target: string) => target.startsWith('src/') && target !== 'src/index.ts';
    expect(broken(app, isSideDoor)).toEqual([]);
  });

  it('opens the door without the codecs: they are loaded by who looks into a file', () => {
    // Type imports are gone when a program runs; with a type inside of the braces the file is loaded.
    const loads = new Map(
      src.map(({ name, text }) => [
        name,
        importsOf(name, text.replaceAll(/^(import|export) type\b|\bimport\(/gm, '//')),
      ]),
    );
    const loaded = new Set(['src/index.ts']);
    for (const name of loaded) for (const target of loads.get(name) ?? []) loaded.add(target);
    expect(loaded).toContain('src/pipeline.ts');
    expect([...loaded].filter((name) => /sharp|meshoptimizer|draco3d|gltf-transform|validator/.test(name))).toEqual([]);
  });

  it('keeps adapters apart: only entries choose them', () => {
    const isOther = (file: string, target: string) => {
      if (ENTRIES.test(file) || !target.startsWith('app/')) return false;
      // A room and all its folders: `app/github/bot/events.ts` is in `app/github`.
      const room = (name: string) => path.posix.dirname(name).split('/').slice(0, 2).join('/');
      // Files of app itself, such as the settings, are no adapters, and adapters do not reach for them.
      return room(file) === 'app' ? room(target) !== 'app' : room(target) !== room(file);
    };
    expect(broken(app, isOther)).toEqual([]);
  });

  it('lets the viewer run in a browser as it is', () => {
    const isForeign = (_file: string, target: string) =>
      target.startsWith('node:') || (/^(src|app|test|scripts)\//.test(target) && !VIEWER_MAY_IMPORT.includes(target));
    expect(broken(viewer, isForeign)).toEqual([]);
  });

  it('ships nothing of its tests: the stand-in for GitHub stays where it is', () => {
    const isTest = (_file: string, target: string) => /^(test|scripts)\//.test(target);
    expect(broken([...src, ...app, ...viewer], isTest)).toEqual([]);
  });

  it('has no cycles', () => {
    const files = new Map([...src, ...app, ...viewer].map((file) => [file.name, file.imports]));
    const done = new Set<string>();
    const cycles: string[] = [];
    const walk = (name: string, trail: readonly string[]): void => {
      const seen = trail.indexOf(name);
      if (seen >= 0) cycles.push([...trail.slice(seen), name].join(' > '));
      if (seen >= 0 || done.has(name)) return;
      for (const target of files.get(name) ?? []) if (files.has(target)) walk(target, [...trail, name]);
      done.add(name);
    };
    for (const name of files.keys()) walk(name, []);
    expect(cycles).toEqual([]);
  });

  it('reads environment and arguments in the settings alone', () => {
    const readers = [...src, ...app, ...viewer].filter(({ text }) => /\bprocess\.(env|argv)\b/.test(text));
    expect(readers.map((file) => file.name).filter((name) => !/^app\/settings(\.ts$|\/)/.test(name))).toEqual([]);
  });

  it('has no file that nobody can hold in mind', () => {
    const long = [...src, ...app, ...viewer, ...others]
      .map(({ name, text }) => ({ name, lineCount: text.split('\n').length - 1 }))
      .filter(({ lineCount }) => lineCount > LINE_LIMIT);
    expect(long).toEqual([]);
  });

  // The flow is read at one glance, or it has learnt too much.
  it('has a pipeline of at most 150 lines', () => {
    const pipeline = src.find(({ name }) => name === 'src/pipeline.ts')?.text ?? '';
    expect(pipeline.split('\n').length - 1).toBeLessThanOrEqual(150);
  });

  it('has a map that names every file of src', () => {
    const place = path.join(ROOT, 'src/README.md');
    const map = existsSync(place) ? readFileSync(place, 'utf8') : '';
    // In full (`src/report/report.ts`) or from src (`report/report.ts`).
    const missing = src.map((file) => file.name.slice('src/'.length)).filter((name) => !map.includes(name));
    expect(missing).toEqual([]);
  });
});
