import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Row, tablesOf, withTables } from '../scripts/bench/size-tables.ts';

const row = (file: string, contender: string, ratio: number, failed = false): Row => ({
  file,
  contender,
  ratio,
  failed,
  grown: false,
  wallMs: 1600,
});

describe('the tables of sizes', () => {
  const tables = tablesOf([row('a.glb', 'ours', 0.25), row('b.glb', 'ours', 1, true)], ['ours']);

  it('sum up by the geometric mean, and list each file', () => {
    // The root of 0.25 × 1.
    expect(tables).toContain('| ours | **0.5000** | 1 | 0 | 3 |');
    expect(tables).toContain('| a.glb | 0.250 |\n| b.glb | failed |');
  });

  it('have their place in the docs, which is written over', () => {
    const page = readFileSync(fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url)), 'utf8');
    const once = withTables(page, tables);
    expect(once).toContain(tables);
    expect(withTables(once, tables)).toBe(once);
    expect(() => withTables('# Another page', tables)).toThrow(/no place/);
  });
});
