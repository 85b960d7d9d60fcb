/** Whole reviews of tiny files, looked over by eye once: `GOLDEN=write` writes them anew. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { reviewChange } from '../src/pipeline.ts';
import { commentOf } from '../src/propose.ts';
import { writeReport } from '../src/report/report.ts';
import { inProcessReviewer } from '../src/reviewer.ts';
import { flatColour, memoryPublisher, memorySource } from './doubles/memory.ts';
import { houseScene, pinnedScene } from './house-scene.ts';
import { startGlb } from './make-glb.ts';

type Build = () => Promise<Uint8Array<ArrayBuffer>>;

const CASES: readonly (readonly [name: string, build: Build])[] = [
  ['everything', async () => (await houseScene()).bytes()],
  ['unknown-extension', async () => (await pinnedScene()).bench.bytes()],
  ['node-cycle', async () => startGlb({ nodes: [{ name: 'snake', children: [0] }] }).bytes()],
];

const isWriting = process.env.GOLDEN === 'write';

describe('a review of', () => {
  it.each(CASES)('%s is as it was looked over', async (name, build) => {
    const folder = new URL(`golden/${name}/`, import.meta.url);
    const at = (file: string) => new URL(file, folder);
    if (isWriting || !existsSync(at('in.glb'))) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(at('in.glb'), await build());
    }
    const publisher = memoryPublisher();
    const source = memorySource({ 'in.glb': Uint8Array.from(readFileSync(at('in.glb'))) });
    const { report } = await reviewChange(
      { kind: 'files', repository: 'golden', baseCommit: null, headCommit: null, branch: null },
      { source, publisher, reviewer: inProcessReviewer({ renderer: flatColour(), now: () => 0 }) },
      { flags: { target: 'three' }, concurrency: 1, onProgress: () => {}, signal: new AbortController().signal },
    );
    const texts = { 'report.json': writeReport(report), 'comment.md': commentOf(report) };
    for (const [file, text] of Object.entries(texts)) {
      if (isWriting) writeFileSync(at(file), text);
      expect(text).toBe(readFileSync(at(file), 'utf8'));
    }
  });
});
