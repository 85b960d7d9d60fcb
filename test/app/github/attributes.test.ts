/** `.gitattributes` against git itself: both must say the same of every path. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributeFolders, lfsAttributes } from '../../../app/github/attributes.ts';
import { makeRepository } from '../../doubles/repository.ts';

const PATHS = [
  'a.glb',
  'models/a.glb',
  'models/deep/b.glb',
  'models/deep/b.GLB',
  'x y.glb',
  'models.glb',
  'other/.a.glb',
];

const pattern = fc.constantFrom(
  '*.glb',
  '/*.glb',
  'models/*.glb',
  'models/**',
  '**/deep/*.glb',
  'models/',
  'deep/*',
  '"x y.glb"',
  'a.glb',
  '[am]*.glb',
  '?.glb',
  '# comment',
  '**',
  '*.[gG][lL][bB]',
  'models/**/b.glb',
  '/models',
);
const words = fc.constantFrom(
  'filter=lfs',
  'filter=lfs diff=lfs merge=lfs -text',
  '-filter',
  '!filter',
  'filter=other',
  'filter',
  'binary',
  'big',
  'lockable',
  '-lockable filter=lfs',
);
const file = fc
  .array(fc.tuple(pattern, words), { maxLength: 4 })
  .map((lines) => lines.map((line) => line.join(' ')).join('\n'));

describe('attributes', () => {
  it('are what git says, for any files in any folders', () => {
    using repository = makeRepository();
    for (const path of PATHS) repository.write(path, 'x');
    fc.assert(
      fc.property(file, file, fc.boolean(), (top, folder, hasMacro) => {
        const files = [
          { folder: '', text: hasMacro ? `[attr]big filter=lfs lockable\n${top}` : top },
          { folder: 'models/', text: folder },
        ];
        for (const { folder: at, text } of files) repository.write(`${at}.gitattributes`, `${text}\n`);
        const said = repository.git('check-attr', '-z', 'filter', 'lockable', '--', ...PATHS).split('\0');
        const value = (path: string, name: string) =>
          said.find((_, at) => at % 3 === 2 && said[at - 2] === path && said[at - 1] === name);
        for (const path of PATHS) {
          const { isLfs, isLockable } = lfsAttributes(path, files);
          expect([path, isLfs, isLockable]).toEqual([
            path,
            value(path, 'filter') === 'lfs',
            value(path, 'lockable') === 'set',
          ]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('are looked for in every folder above a path', () => {
    expect(attributeFolders('a/b/c.glb')).toEqual(['', 'a/', 'a/b/']);
    expect(attributeFolders('c.glb')).toEqual(['']);
  });
});
