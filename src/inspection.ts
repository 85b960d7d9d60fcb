/** What people see of a file. The codecs behind it are loaded when a file is looked into. */
import { readGlb } from './asset/glb.ts';
import { LIMITS, type Limits } from './asset/limits.ts';
import { externalUris } from './asset/sibling.ts';
import { BotError } from './errors.ts';
import type { Finding } from './finding.ts';
import type { GlbFile, ReadSibling } from './ports.ts';
import type { AssetStats } from './report/report.ts';
import { formatBytes } from './units.ts';

/** A file with those beside it that it names. What is missing stays so; throws `FILE_UNREADABLE` for what is there and cannot be read. */
export async function withSiblings(
  bytes: Uint8Array<ArrayBuffer>,
  readSibling: (uri: string) => Promise<ReadSibling>,
  limits: Limits = LIMITS,
): Promise<GlbFile> {
  const siblings = new Map<string, Uint8Array<ArrayBuffer>>();
  const glb = readGlb(bytes, limits);
  let byteLength = bytes.byteLength;
  for (const uri of 'json' in glb ? externalUris(glb.json).slice(0, limits.siblingCount) : []) {
    const read = await readSibling(uri);
    if (read.kind === 'missing') continue;
    if (read.kind === 'lfs-pointer') throw new BotError('FILE_UNREADABLE', read.why, { at: uri });
    byteLength += read.kind === 'bytes' ? read.bytes.byteLength : read.byteLength;
    if (read.kind === 'over-limit' || byteLength > limits.byteLength) {
      const why = `with it there are ${formatBytes(byteLength)}; the limit is ${formatBytes(limits.byteLength)}.`;
      throw new BotError('FILE_UNREADABLE', why, { at: uri });
    }
    siblings.set(uri, read.bytes);
  }
  return { bytes, siblings };
}

/** Where the bytes of a file are. */
export interface Inspection {
  /** Null when the file is refused. */
  readonly stats: AssetStats | null;
  readonly findings: readonly Finding[];
  /** Parts of the file, the largest first; they add up to its length. */
  readonly breakdown: readonly { readonly name: string; readonly byteLength: number }[];
}

/** Stats, findings and where the bytes are, for people. */
export async function inspectGlb(
  bytes: Uint8Array<ArrayBuffer>,
  siblings: ReadonlyMap<string, Uint8Array> = new Map(),
  limits: Limits = LIMITS,
): Promise<Inspection> {
  const { inspect } = await import('./inspect.ts');
  const inspected = await inspect(bytes, siblings, limits);
  if (inspected.kind === 'refused') return { stats: null, findings: inspected.findings, breakdown: [] };
  const { json, bin } = inspected.source;
  const images = inspected.images.filter(({ index }) => json.images?.[index]?.bufferView !== undefined);
  const imageBytes = images.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const parts = [
    ...images.map(({ index, byteLength }) => ({
      name: `image ${index}${nameOf(json.images?.[index]?.name)}`,
      byteLength,
    })),
    { name: 'geometry and animation', byteLength: bin.byteLength - imageBytes },
    { name: 'JSON', byteLength: bytes.byteLength - bin.byteLength },
  ];
  return {
    stats: inspected.stats,
    findings: inspected.validation,
    breakdown: parts.filter(({ byteLength }) => byteLength > 0).sort((a, b) => b.byteLength - a.byteLength),
  };
}

function nameOf(name: string | undefined): string {
  return name === undefined ? '' : ` "${name}"`;
}
