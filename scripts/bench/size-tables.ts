/** The tables of sizes, and their place in docs/benchmarks.md. */

/** One file through one program. */
export interface Row {
  readonly file: string;
  readonly contender: string;
  /** Output / input, never above 1; 1 when it failed. */
  readonly ratio: number;
  readonly failed: boolean;
  readonly grown: boolean;
  readonly wallMs: number;
}

const [BEGIN, END] = ['<!-- sizes: npm run bench:size -- --write -->', '<!-- /sizes -->'] as const;

/** A summary by contender and the ratios by file, in Markdown; contenders in the order given. */
export function tablesOf(rows: readonly Row[], contenders: readonly string[]): string {
  const summary = contenders.map((name) => {
    const own = rows.filter((row) => row.contender === name);
    const geo = Math.exp(own.reduce((sum, row) => sum + Math.log(row.ratio), 0) / Math.max(own.length, 1));
    const wallMs = own.reduce((sum, row) => sum + row.wallMs, 0);
    const count = (key: 'failed' | 'grown') => own.filter((row) => row[key]).length;
    const ratio = name.startsWith('ours') ? `**${geo.toFixed(4)}**` : geo.toFixed(4);
    return `| ${name} | ${ratio} | ${count('failed')} | ${count('grown')} | ${Math.round(wallMs / 1000)} |`;
  });
  const files = [...new Set(rows.map(({ file }) => file))].map((file) => {
    const cells = contenders.map((name) => {
      const row = rows.find((one) => one.file === file && one.contender === name);
      return row === undefined ? '' : row.failed ? 'failed' : row.ratio.toFixed(3);
    });
    return `| ${[file, ...cells].join(' | ')} |`;
  });
  return [
    '| setting | geometric mean | failed | grown | seconds |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...summary,
    '',
    `| file | ${contenders.join(' | ')} |`,
    `| --- |${' ---: |'.repeat(contenders.length)}`,
    ...files,
  ].join('\n');
}

/** The page with these tables between its marks. Throws when the marks are not there. */
export function withTables(page: string, tables: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`docs/benchmarks.md has no place for the tables: ${BEGIN} … ${END}`);
  return `${page.slice(0, from + BEGIN.length)}\n${tables}\n${page.slice(to)}`;
}
