/** Docs cannot drift: what is made from code equals it, and what is shown is true. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
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
    const blocks = [...read('README.md').matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block]) => block ?? '');
    const text = blocks.find((block) => block.includes('max-visual-difference: 1.5')) ?? '';
    expect(text).toContain('keep-original');
    expect(() => parsePolicy({ path: 'README.md', text })).not.toThrow();
  });

  it('quote in troubleshooting.md only what the code says', () => {
    const code = ['src', 'app'].flatMap((folder) =>
      readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .map((file) => read(path.join(folder, file))),
    );
    const said = [...read('docs/troubleshooting.md').matchAll(/^\| [^|]*?`([^`|]+)` \|/gm)].map(
      ([, text]) => text ?? '',
    );
    expect(said.length).toBeGreaterThan(30);
    for (const text of said) {
      const parts = text.split('…').filter((part) => part.trim() !== '');
      expect(
        code.some((file) => parts.every((part) => file.includes(part))),
        `nothing says "${text}"`,
      ).toBe(true);
    }
  });

  it('show policies in docs/policy.md that the parser takes', () => {
    const blocks = [...read('docs/policy.md').matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block]) => block ?? '');
    expect(blocks.length).toBeGreaterThan(0);
    for (const text of blocks) expect(() => parsePolicy({ path: 'policy.md', text })).not.toThrow();
  });

  it('name every setting of the service, as the code does', () => {
    const rows = Object.entries(VARIABLES).map(([name, what]) => `| \`${name}\` | ${what} |`);
    expect(read('docs/operations.md')).toContain(rows.join('\n'));
  });

  it('have no dead link to a file of ours', () => {
    const pages = readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.md'))
      .map((file) => path.join('docs', file));
    for (const name of ['README.md', 'SECURITY.md', 'CHANGELOG.md', 'src/README.md', 'viewer/README.md', ...pages]) {
      const links = [...read(name).matchAll(/\]\(([^)#\s]+)/g)].flatMap(([, link]) => link ?? []);
      for (const link of links.filter((target) => !/^[a-z]+:/i.test(target))) {
        expect(existsSync(path.join(ROOT, path.dirname(name), link)), `${name} links to ${link}`).toBe(true);
      }
    }
  });

  it('name in SECURITY.md only tests that are there', () => {
    const named = [...read('SECURITY.md').matchAll(/`(test\/[^`]+\.ts)`: ([^|;\n]+?)(?= \||;)/g)];
    expect(named.length).toBeGreaterThan(18);
    for (const [, file = '', name = ''] of named) {
      const text = read(file);
      const quoted = [`'${name}'`, `\`${name}\``, `"${name}"`];
      expect(
        quoted.some((title) => text.includes(title)),
        `${file} has no test "${name}"`,
      ).toBe(true);
    }
    const claims = read('SECURITY.md').split('## What we claim')[1]?.split('\n## ')[0]?.split('\n') ?? [];
    for (const claim of claims.filter((line) => /^\| (?!claim|---)/.test(line))) expect(claim).toContain('`test/');
  });

  it('name the version that package.json names', () => {
    const { name, version } = JSON.parse(read('package.json')) as { name: string; version: string };
    expect({ name, version }).toEqual(TOOL);
  });
});
