/** Docs cannot drift: what is made from code equals it, and what is shown is true. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { VARIABLES } from '../app/settings/service.ts';
import { makeDocs } from '../scripts/make-docs.ts';
import { parsePolicy, TOOL } from '../src/index.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (name: string) => readFileSync(path.join(ROOT, name), 'utf8');

describe('the docs', () => {
  it.each(Object.keys(makeDocs()))('%s is what `npm run docs` writes', (name) => {
    expect(read(`docs/${name}`)).toBe(makeDocs()[name]);
  });

  it('show a policy in the README that the parser takes', () => {
    const [, text = ''] = /```yaml\n([\s\S]*?)```/.exec(read('README.md')) ?? [];
    expect(text).toContain('max-visual-difference');
    expect(() => parsePolicy({ path: 'README.md', text })).not.toThrow();
  });

  it('name every setting of the service, as the code does', () => {
    const rows = Object.entries(VARIABLES).map(([name, what]) => `| \`${name}\` | ${what} |`);
    expect(read('docs/operations.md')).toContain(rows.join('\n'));
  });

  it('have no dead link to a file of ours', () => {
    for (const name of [
      'README.md',
      'CHANGELOG.md',
      'docs/operations.md',
      'docs/optimizer.md',
      'docs/visual-guard.md',
      'src/README.md',
    ]) {
      const links = [...read(name).matchAll(/\]\(([^)#\s]+)/g)].flatMap(([, link]) => link ?? []);
      for (const link of links.filter((target) => !/^[a-z]+:/i.test(target))) {
        expect(existsSync(path.join(ROOT, path.dirname(name), link)), `${name} links to ${link}`).toBe(true);
      }
    }
  });

  it('name the version that package.json names', () => {
    const { name, version } = JSON.parse(read('package.json')) as { name: string; version: string };
    expect({ name, version }).toEqual(TOOL);
  });
});
