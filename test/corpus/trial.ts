/** The main job over one file, as users meet it: what comes out stays what it is when it comes in again, and loads. */
import { readMarker } from '../../src/optimize/marker.ts';
import { reviewChange } from '../../src/pipeline.ts';
import type { Decoder, RuleFlags } from '../../src/policy/policy.ts';
import { inProcessReviewer } from '../../src/reviewer.ts';
import { flatColour, memoryPublisher, memorySource } from '../doubles/memory.ts';
import { differencesOf } from '../loaders/alike.ts';
import type { LoaderPage } from '../loaders/page.ts';
import { opened } from '../make-glb.ts';

/** A target with the decoders it promises, and the loader that reads it. */
export interface Way {
  readonly name: string;
  readonly flags: RuleFlags;
  readonly page: 'three' | 'babylon';
}

/** The ways that a folder is tried in. */
export const WAYS: readonly Way[] = [
  { name: 'three, meshopt + Draco', flags: { target: 'three', decoders: ['meshopt', 'draco'] }, page: 'three' },
  { name: 'three, no decoders', flags: { target: 'three', decoders: [] }, page: 'three' },
  { name: 'babylon', flags: { target: 'babylon', decoders: [] }, page: 'babylon' },
  {
    name: 'three, vram',
    flags: { target: 'three', decoders: ['meshopt', 'ktx2'], preset: 'vram' },
    page: 'three',
  },
];

type Bytes = Uint8Array<ArrayBuffer>;

/** A file with those beside it that it names, by uri. */
export interface TrialFile {
  readonly bytes: Bytes;
  readonly siblings: ReadonlyMap<string, Bytes>;
}

/** What became of a file. */
export interface Trial {
  readonly verdict: string;
  readonly why: string;
  readonly byteLengthAfter: number;
  /** Whether both files were loaded and compared: not without a page, a result, or a source that loads itself. */
  readonly isCompared: boolean;
  /** What should not be, in words; empty when all is well. */
  readonly faults: readonly string[];
}

/** Reviews a file, then what came of it; with a page, both are loaded and compared. */
export async function tryFile(file: TrialFile, way: Way, page?: LoaderPage): Promise<Trial> {
  const first = await review(file.bytes, file, way.flags);
  const faults: string[] = [];
  if (first.verdict === 'failed') faults.push(`failed: ${first.why}`);
  const output = first.bytes ?? file.bytes;
  if (output.byteLength > file.bytes.byteLength) faults.push('it grew');
  if (first.bytes !== undefined) {
    const second = await review(first.bytes, file, way.flags);
    const isMarked = readMarker(opened(first.bytes)) !== undefined;
    const why = isMarked ? 'already optimized' : 'already as small as we can make it';
    if (second.verdict !== 'unchanged' || second.why !== why || second.bytes !== undefined)
      faults.push(`the second run says ${second.verdict}: ${second.why}`);
  }
  const differences =
    page === undefined || first.bytes === undefined ? undefined : await compareLoaded(file, output, way, page);
  faults.push(...(differences ?? []));
  const { verdict, why } = first;
  return { verdict, why, byteLengthAfter: output.byteLength, isCompared: differences !== undefined, faults };
}

async function review(bytes: Bytes, { siblings }: TrialFile, flags: RuleFlags) {
  const publisher = memoryPublisher();
  const source = memorySource({ 'in.glb': bytes, ...Object.fromEntries(siblings) });
  const { report } = await reviewChange(
    { kind: 'files', repository: 'corpus', baseCommit: null, headCommit: null, branch: null },
    { source, publisher, reviewer: inProcessReviewer({ renderer: flatColour(), now: () => 0 }) },
    { flags, concurrency: 1, onProgress: () => {}, signal: new AbortController().signal },
  );
  const [asset] = report.assets;
  const proposed = publisher.proposals.flatMap(({ files }) => files)[0]?.content;
  return { verdict: asset?.verdict ?? 'gone', why: asset?.why ?? '', bytes: await proposed?.read() };
}

const EVERY: readonly Decoder[] = ['meshopt', 'draco', 'ktx2'];

/** The source with every decoder there is, our file with those of its target and those its source asked for. */
async function compareLoaded(
  { bytes, siblings }: TrialFile,
  output: Bytes,
  { flags }: Way,
  page: LoaderPage,
): Promise<readonly string[] | undefined> {
  const was = await page.load(bytes, EVERY, siblings).catch((error: Error) => error);
  // What its own source does not do cannot be asked of it.
  if (was instanceof Error) return undefined;
  const decoders = [...(flags.decoders ?? []), ...decodersOf(bytes)];
  const is = await page.load(output, decoders, siblings).catch((error: Error) => error);
  if (is instanceof Error) return [`it does not load: ${is.message.slice(0, 200)}`];
  return differencesOf(was, is).map((what) => `a loader sees another ${what}`);
}

function decodersOf(bytes: Bytes): readonly Decoder[] {
  const { extensionsRequired = [] } = jsonOf(bytes) as { extensionsRequired?: string[] };
  const needs: Readonly<Record<string, Decoder>> = {
    EXT_meshopt_compression: 'meshopt',
    KHR_meshopt_compression: 'meshopt',
    KHR_draco_mesh_compression: 'draco',
    KHR_texture_basisu: 'ktx2',
  };
  return extensionsRequired.flatMap((name) => needs[name] ?? []);
}

/** The uris of files beside a model. */
export function siblingsOf(bytes: Bytes): readonly string[] {
  const { images = [] } = jsonOf(bytes) as { images?: { uri?: string }[] };
  return images.flatMap(({ uri }) => (uri === undefined || uri.startsWith('data:') ? [] : [uri]));
}

function jsonOf(bytes: Bytes): unknown {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(12, true);
  return JSON.parse(new TextDecoder().decode(bytes.subarray(20, 20 + length)));
}
