/** Foreign text is text: in comments, pages, terminals, logs of Actions and on the disk; and no pattern takes for ever. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openProgress } from '../../app/cli/progress.ts';
import { sayError } from '../../app/cli/terminal.ts';
import { folderPublisher } from '../../app/files/folder-publisher.ts';
import { writeReportHtml } from '../../app/report-html.ts';
import { BotError, commentOf, inProcessReviewer, renderSummary, reviewChange } from '../../src/index.ts';
import { explainPattern, readPattern } from '../../src/policy/pattern.ts';
import type { Proposal } from '../../src/ports.ts';
import { flatColour, memoryPublisher, memorySource } from '../doubles/memory.ts';
import { houseScene } from '../house-scene.ts';
import { renderGfm } from '../report/render-gfm.ts';
import { EVIL_NAMES } from './names.ts';

// Git takes any name that holds no NUL; half a megabyte is more than any file system takes.
const PATHS = EVIL_NAMES.filter((name) => !name.includes('\0') && name.length < 1000).map((name) => `${name}.glb`);

let proposal: Proposal;

beforeAll(async () => {
  const files: Record<string, Uint8Array<ArrayBuffer>> = {};
  for (const [place, name] of PATHS.entries()) {
    const bench = await houseScene({ textureSize: 8 });
    for (const list of [bench.json.nodes, bench.json.meshes, bench.json.materials]) {
      for (const item of list ?? []) item.name = name;
    }
    bench.json.extensionsUsed = [...(bench.json.extensionsUsed ?? []), name.slice(0, 150)];
    // Every third is broken, so that findings quote it.
    if (place % 3 === 0) bench.json.images = [{ uri: `http://x/${name}` }];
    files[name] = bench.bytes();
  }
  const publisher = memoryPublisher();
  await reviewChange(
    { kind: 'files', repository: EVIL_NAMES[5] ?? '', baseCommit: null, headCommit: null, branch: EVIL_NAMES[4] ?? '' },
    { source: memorySource(files), publisher, reviewer: inProcessReviewer({ renderer: flatColour(), now: () => 0 }) },
    { flags: { target: 'three' }, concurrency: 1, onProgress: () => {}, signal: new AbortController().signal },
  );
  const [made] = publisher.proposals;
  if (made === undefined) throw new Error('nothing was proposed');
  proposal = made;
}, 120_000);

/** What a terminal or a runner would obey. */
const OBEYED = /(?!\n)\p{Cc}|[\u202a-\u202e\u2066-\u2069]|^\s*::[a-z]|##\[/mu;

describe('evil names', () => {
  it('are all there, good files and broken ones', () => {
    // Nothing in Git is called `..`.
    expect(proposal.report.assets.map((asset) => asset.path)).toEqual(PATHS.filter((name) => !name.startsWith('../')));
    expect(new Set(proposal.report.assets.map((asset) => asset.verdict))).toContain('refused');
    expect(proposal.files.length).toBeGreaterThan(3);
  });

  it('are text in a comment: no markup, no mention, no second marker', () => {
    const comment = commentOf(proposal.report);
    const page = renderGfm(comment);
    expect(page).not.toMatch(/href="javascript/i);
    // Tags without what stands in quotes.
    expect(page.replace(/"[^"]*"/g, '')).not.toMatch(/<script|<[a-z]+[^>]*onerror/i);
    // GitHub looks for no mention in code.
    expect(page.replace(/<code>.*?<\/code>|<!--.*?-->/g, '')).not.toMatch(/@octocat/);
    expect(page.match(/<!-- glb-optimizer/g)).toHaveLength(1);
    expect(comment).not.toMatch(OBEYED);
  });

  it('are text at a terminal and in the log of an Action', () => {
    expect(renderSummary(proposal.report, { isCommitted: false, color: false })).not.toMatch(OBEYED);
    const said: string[] = [];
    const terminal = {
      settings: {
        words: [],
        folder: '/',
        environment: {},
        isInteractive: false,
        useColor: false,
        columnCount: 80,
        concurrency: 1,
      },
      out: (text: string) => said.push(text),
      err: (text: string) => said.push(text),
    };
    const progress = openProgress(terminal, false, () => 0);
    for (const name of EVIL_NAMES) {
      progress.onProgress({ path: name, stage: 'done', detail: name, done: 1, total: 2 });
      sayError(terminal, new BotError('FILE_UNREADABLE', `x\n${name}`, { at: name }), false);
    }
    expect(said.length).toBeGreaterThan(EVIL_NAMES.length);
    for (const text of said) expect(text).not.toMatch(OBEYED);
  });

  it('are text in the page of the report, and names of nothing on the disk', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'evil-'));
    try {
      await folderPublisher(path.join(folder, 'out'), writeReportHtml).publish(proposal);
      expect(await readdir(folder)).toEqual(['out']);
      const written = await readdir(path.join(folder, 'out'), { recursive: true });
      expect(
        written.filter((name) => !/^(report\.(json|html)|comment\.md|images(\/[a-z0-9-]+\.webp)?)$/.test(name)),
      ).toEqual([]);
      const page = await readFile(path.join(folder, 'out/report.html'), 'utf8');
      expect(page.includes('<script>alert') || page.includes('<img src=x')).toBe(false);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('are no way out of a commit message', () => {
    // One trailer block at the end; no name begins a line of its own.
    for (const line of proposal.commitMessage.split('\n')) expect(line).not.toMatch(OBEYED);
  });
});

describe('a pattern that was made to take for ever', () => {
  it.each([
    ['stars between letters', `${'*a'.repeat(120)}b`, 'a'.repeat(4000)],
    ['question marks and stars', '?*'.repeat(128), 'a'.repeat(4000)],
    ['folders in folders', `${'**/a/'.repeat(50)}b`, `${'a/'.repeat(2000)}c`],
    ['stars of folders', '**/'.repeat(85), `${'a/'.repeat(2000)}c`],
    ['classes', '[a-z]*'.repeat(40), 'a'.repeat(4000)],
    ['nested groups', '+(a|*(b|+(c)))'.repeat(15), 'c'.repeat(4000)],
  ])('is answered at once: %s', (_sentence, pattern, asked) => {
    const startedMs = performance.now();
    if (explainPattern(pattern) === undefined) readPattern(pattern, 'policy:1:1').matches(asked);
    expect(performance.now() - startedMs).toBeLessThan(500);
  });
});
