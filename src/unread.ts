/** The entries of files that are left as they are, also of those that were not all there to be reviewed. */
import { unopenedStats } from './asset/stats.ts';
import { type Finding, finding } from './finding.ts';
import type { ChangedAsset, GitSource, ReadAsset, ReadSibling } from './ports.ts';
import type { ReviewedAsset } from './propose.ts';
import type { AssetReport, StepOutcome } from './report/report.ts';
import { formatBytes } from './units.ts';

/** A file that an asset names by uri, and why it is not here. */
export interface UnreadSibling {
  readonly uri: string;
  readonly read: Exclude<ReadSibling, { kind: 'bytes' }>;
}

/** The entry of a file that is left as it is, unopened or unchanged. */
export function leaveAlone(
  asset: Pick<ChangedAsset, 'path' | 'blob'>,
  answer: Pick<AssetReport, 'verdict' | 'why' | 'before'> & {
    readonly findings: readonly Finding[];
    readonly steps?: readonly StepOutcome[];
    readonly digest?: string;
  },
): ReviewedAsset {
  const { verdict, why, before, findings, steps = [], digest = null } = answer;
  const report: AssetReport = {
    path: asset.path,
    verdict,
    why,
    before,
    after: null,
    sourceDigest: digest,
    outputDigest: null,
    sourceBlob: asset.blob === '' ? null : asset.blob,
    steps: [...steps],
    visual: { skipped: 'nothing to compare' },
    findings: [...findings],
    requires: [],
    images: {},
    durationMs: 0,
  };
  return { report, file: null, images: [], model: null };
}

/** The entry of an asset that somebody took back. */
export function leftByWish(asset: ChangedAsset): ReviewedAsset {
  const why = 'somebody took the optimized file back, so this one stays as it is until it changes';
  return leaveAlone(asset, { verdict: 'unchanged', why, before: unopenedStats(asset.byteLength), findings: [] });
}

/** The entry of an asset that we failed on: the others go on, and the report says so. */
export function failedAsset(asset: ChangedAsset, why: string): ReviewedAsset {
  return leaveAlone(asset, { verdict: 'failed', why, before: unopenedStats(asset.byteLength), findings: [] });
}

/** The asset as it was at the merge base; undefined where nothing was, or nothing changed, or it cannot be read. */
export async function readBase(
  asset: ChangedAsset,
  source: GitSource,
  limitBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (asset.base === undefined || asset.base.blob === asset.blob || source.readBase === undefined) return undefined;
  const read = await source.readBase(asset, limitBytes);
  return read.kind === 'bytes' ? read.bytes : undefined;
}

/** The entry of an asset whose bytes are not here. */
export function unreadAsset(asset: ChangedAsset, read: Exclude<ReadAsset, { kind: 'bytes' }>): ReviewedAsset {
  const before = unopenedStats(read.byteLength);
  if (read.kind === 'lfs-pointer') {
    const findings = [finding('LFS_POINTER', '', read.why, 'information')];
    return leaveAlone(asset, { verdict: 'unchanged', why: read.why, before, findings, digest: read.digest });
  }
  const why = `The file has ${formatBytes(read.byteLength)}; the limit is ${formatBytes(read.limitBytes)}.`;
  return leaveAlone(asset, { verdict: 'refused', why, before, findings: [finding('LIMIT_BYTES', '', why)] });
}

/** The entry of an asset of so many bytes that needs a file which is not here. */
export function unreadSibling(asset: ChangedAsset, byteLength: number, { uri, read }: UnreadSibling): ReviewedAsset {
  const before = unopenedStats(byteLength);
  const name = JSON.stringify(uri.slice(0, 200));
  switch (read.kind) {
    case 'lfs-pointer': {
      const why = `It needs the file ${name}. ${read.why}`;
      const findings = [finding('LFS_POINTER', '/images', why, 'information')];
      return leaveAlone(asset, { verdict: 'unchanged', why, before, findings });
    }
    case 'over-limit': {
      const why = `Its file ${name} has ${formatBytes(read.byteLength)}; the limit is ${formatBytes(read.limitBytes)}.`;
      return leaveAlone(asset, { verdict: 'refused', why, before, findings: [finding('LIMIT_BYTES', '/images', why)] });
    }
    case 'missing': {
      const why = `It names the file ${name}, which is not a tracked file of the same commit.`;
      return leaveAlone(asset, { verdict: 'refused', why, before, findings: [finding('URI_REFUSED', '/images', why)] });
    }
  }
}

/** The entry of an asset whose processing was stopped because it took more than the operator gives. */
export function stoppedAsset(
  asset: ChangedAsset,
  byteLength: number,
  stopped: { readonly code: 'LIMIT_MEMORY' | 'LIMIT_TIME'; readonly why: string },
): ReviewedAsset {
  const findings = [finding(stopped.code, '', stopped.why)];
  const before = unopenedStats(byteLength);
  const left = leaveAlone(asset, { verdict: 'refused', why: stopped.why, before, findings });
  return { ...left, stopped: stopped.code };
}
