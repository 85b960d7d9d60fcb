/** The visual part of a review: both files on the renderer's table, their pictures, and what the report says of them. */

import type { Limits } from './asset/limits.ts';
import { unopenedStats } from './asset/stats.ts';
import { contentOf } from './content.ts';
import { type InspectedGlb, inspect } from './inspect.ts';
import type { Rule } from './policy/policy.ts';
import type {
  ChangedAsset,
  GlbFile,
  NotRendered,
  PictureLabels,
  Pictures,
  Renderer,
  Studio,
  VisualComparison,
} from './ports.ts';
import { changeImageName, imageName, type ReviewedAsset } from './propose.ts';
import type { AssetReport, AssetStats, Visual } from './report/report.ts';
import { formatBytes, formatCount, formatSaved, plural } from './units.ts';

/** Two files of one path, as measured. */
export interface Sides {
  readonly path: string;
  readonly digest: string;
  readonly before: AssetStats;
  readonly after: AssetStats;
}

/** What two files look like: statistics with load times, the visual part of the report, and pictures with their names. */
export interface Shown {
  readonly before: AssetStats;
  readonly after: AssetStats;
  readonly visual: Visual;
  readonly images: { readonly names: AssetReport['images']; readonly files: ReviewedAsset['images'] };
}

/** Draws the pictures of a candidate with these labels. */
export type DrawPictures = (labels: PictureLabels) => Promise<Pictures | NotRendered>;

/** Puts numbers, verdict and pictures of a comparison together. */
export async function showOf(
  sides: Sides,
  seen: VisualComparison | NotRendered,
  limit: number,
  draw: DrawPictures,
): Promise<Shown> {
  const { before, after } = sides;
  if (seen.kind === 'not-rendered')
    return { before, after, visual: { skipped: seen.why }, images: { names: {}, files: [] } };
  const { metric, score, views, renderer } = seen;
  const pictures = await draw(labelsOf(before, after));
  return {
    before: { ...before, loadTimeMs: seen.beforeLoadTimeMs },
    after: { ...after, loadTimeMs: seen.afterLoadTimeMs },
    visual: { metric, score, limit, views: [...views], renderer },
    images: 'kind' in pictures ? { names: {}, files: [] } : nameImages(sides.path, sides.digest, pictures),
  };
}

/** One side of a comparison. */
interface Side {
  readonly inspected: InspectedGlb;
  readonly file: GlbFile;
}

/** Draws two files that nobody optimized. */
export async function drawn(
  pair: { readonly path: string; readonly before: Side; readonly after: Side },
  limit: number,
  renderer: Renderer,
  signal: AbortSignal,
): Promise<Shown> {
  const { path, before, after } = pair;
  await using table = openTable(renderer, before.file, signal);
  const sides = {
    path,
    digest: after.inspected.source.digest,
    before: before.inspected.stats,
    after: after.inspected.stats,
  };
  return showOf(sides, await table.compare(after.file, 1024), limit, (labels) => table.pictures(after.file, labels));
}

/** What the author of a change did to an asset: the file at the merge base beside the one at the head. */
export async function changeOf(
  asset: {
    readonly asset: Pick<ChangedAsset, 'path' | 'base'>;
    readonly rule: Pick<Rule, 'maxVisualDifference'>;
    readonly base: Uint8Array<ArrayBuffer>;
    readonly file: GlbFile;
  },
  head: InspectedGlb,
  { renderer, limits }: { readonly renderer: Renderer; readonly limits?: Limits },
  signal: AbortSignal,
): Promise<{ readonly report: NonNullable<AssetReport['change']>; readonly images: ReviewedAsset['images'] }> {
  const { path, base: was } = asset.asset;
  const basePath = was?.path ?? path;
  const siblings = new Map<string, Uint8Array<ArrayBuffer>>();
  const base = await inspect(asset.base, siblings, limits);
  if (base.kind === 'refused') {
    const skipped = base.findings[0]?.message ?? 'the file at the base cannot be opened';
    const before = unopenedStats(asset.base.byteLength);
    return { report: { basePath, before, visual: { skipped }, images: {} }, images: [] };
  }
  const pair = { path, before: { inspected: base, file: { bytes: asset.base, siblings } } };
  const after = { inspected: head, file: asset.file };
  const shown = await drawn({ ...pair, after }, asset.rule.maxVisualDifference, renderer, signal);
  const { comparison } = shown.images.names;
  const [picture] = shown.images.files.filter(({ name }) => name === comparison);
  const report = { basePath, before: shown.before, visual: shown.visual };
  if (picture === undefined) return { report: { ...report, images: {} }, images: [] };
  const name = changeImageName(path, head.source.digest);
  return { report: { ...report, images: { comparison: name } }, images: [{ ...picture, name }] };
}

function labelsOf(before: AssetStats, after: AssetStats): PictureLabels {
  const note = ({ triangleCount, textureCount }: AssetStats) =>
    `${formatCount(triangleCount)} triangles · ${plural(textureCount, 'texture')}`;
  const saved = (before.byteLength - after.byteLength) / before.byteLength;
  return {
    beforeSize: formatBytes(before.byteLength),
    afterSize: formatBytes(after.byteLength),
    saved: saved < 0.0005 ? '' : formatSaved(saved),
    beforeNote: note(before),
    afterNote: note(after),
  };
}

function nameImages(
  path: string,
  digest: string,
  { comparison, sheet }: Pictures,
): { names: AssetReport['images']; files: ReviewedAsset['images'] } {
  const names = { comparison: imageName(path, digest, 'comparison'), sheet: imageName(path, digest, 'sheet') };
  return {
    names,
    files: [
      { name: names.comparison, content: contentOf(comparison) },
      { name: names.sheet, content: contentOf(sheet) },
    ],
  };
}

/** The original is put on the renderer's table when the first candidate comes, and cleared away at the end. */
export interface Table extends AsyncDisposable {
  compare(candidate: GlbFile, sizePx: 512 | 1024): Promise<VisualComparison | NotRendered>;
  pictures(candidate: GlbFile, labels: PictureLabels): Promise<Pictures | NotRendered>;
}

/** Opens nothing until the first comparison. */
export function openTable(renderer: Renderer, original: GlbFile, signal: AbortSignal): Table {
  let opened: Promise<Studio | NotRendered> | undefined;
  const studio = () => (opened ??= renderer.open(original, signal));
  return {
    compare: async (candidate, sizePx) => {
      const place = await studio();
      return 'kind' in place ? place : place.compare(candidate, sizePx);
    },
    pictures: async (candidate, labels) => {
      const place = await studio();
      return 'kind' in place ? place : place.pictures(candidate, labels);
    },
    [Symbol.asyncDispose]: async () => {
      const place = await opened?.catch(() => undefined);
      if (place !== undefined && !('kind' in place)) await place[Symbol.asyncDispose]();
    },
  };
}
