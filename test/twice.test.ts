/** What was optimized once is left alone, bit for bit: the second review of every file proposes nothing. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { reviewChange } from '../src/pipeline.ts';
import { inProcessReviewer } from '../src/review.ts';
import { flatColour, memoryPublisher, memorySource } from './doubles/memory.ts';

const read = (name: string) => Uint8Array.from(readFileSync(new URL(name, import.meta.url)));

async function review(bytes: Uint8Array<ArrayBuffer>, decoders: readonly ('meshopt' | 'draco')[]) {
  const publisher = memoryPublisher();
  const source = memorySource({ 'in.glb': bytes, 'Textures/colormap.png': read('assets/Textures/colormap.png') });
  const { report } = await reviewChange(
    { kind: 'files', repository: 'twice', baseCommit: null, headCommit: null, branch: null },
    { source, publisher, reviewer: inProcessReviewer({ renderer: flatColour(), now: () => 0 }) },
    {
      flags: { target: 'three', decoders: [...decoders] },
      concurrency: 1,
      onProgress: () => {},
      signal: new AbortController().signal,
    },
  );
  return { asset: report.assets[0], files: publisher.proposals.flatMap((proposal) => proposal.files) };
}

const FILES = [
  'golden/everything/in.glb',
  'golden/unknown-extension/in.glb',
  'assets/fox.glb',
  'assets/kenney-building-external-texture.glb',
  'assets/materials-variants-shoe.glb',
];

it.each(
  FILES.flatMap((file) => [
    { file, decoders: ['meshopt', 'draco'] as const },
    { file, decoders: [] as const },
  ]),
)('$file with the decoders $decoders', { timeout: 120_000 }, async ({ file, decoders }) => {
  const first = await review(read(file), decoders);
  expect(first.asset?.verdict).toBe('improved');
  const bytes = await first.files[0]?.content.read();
  if (bytes === undefined) throw new Error('nothing was proposed');
  const second = await review(bytes, decoders);
  expect(second.asset).toMatchObject({ verdict: 'unchanged', why: 'already optimized' });
  expect(second.files).toEqual([]);
});
