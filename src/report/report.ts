/**
 * The report: the versioned JSON that viewer, ledger and CLI share. One schema makes the types, the published
 * JSON Schema and the check of what we read back.
 */
import * as z from 'zod';
import type { AssetStats } from '../asset/stats.ts';
import { BotError } from '../errors.ts';
import type { StepOutcome } from '../optimize/step.ts';
import type { Requirement } from '../optimize/target.ts';

/** Raised when a reader of the old shape would misread the new one. */
export const REPORT_SCHEMA_VERSION = 1;

const count = z.int().min(0);
const bytes = z.int().min(0);

const assetStats = z.object({
  byteLength: bytes.describe('Bytes on disk.'),
  gpuByteLength: bytes.describe(
    'Bytes decoded for the GPU: vertex and index data, and textures with their mip levels.',
  ),
  triangleCount: count.describe('Triangles drawn: every node counts.'),
  vertexCount: count.describe('Vertices drawn: every node counts.'),
  drawCallCount: count.describe('Primitives drawn: every node counts.'),
  nodeCount: count,
  meshCount: count,
  materialCount: count,
  textureCount: count,
  textureByteLength: bytes.describe('Bytes of all images, as stored.'),
  animationCount: count,
  extensionsUsed: z.array(z.string()),
  extensionsRequired: z.array(z.string()),
  loadTimeMs: z.number().nullable().describe('Measured in the headless viewer; null without one.'),
}) satisfies z.ZodType<AssetStats>;

const stepOutcome = z.object({
  name: z.string(),
  outcome: z.enum(['applied', 'skipped', 'reverted']),
  why: z.string(),
  byteLengthAfter: bytes,
}) satisfies z.ZodType<StepOutcome>;

const visualCompared = z.object({
  metric: z.string(),
  score: z.number().describe('0 identical, 1 invisible, from 1.5 on visible. The worst view.'),
  limit: z.number(),
  views: z.array(z.object({ name: z.string(), score: z.number() })),
  renderer: z.string(),
});
const visualSkipped = z.object({ skipped: z.string().describe('Why nothing was drawn.') });

const findingSchema = z.object({
  code: z.string(),
  severity: z.enum(['error', 'warning', 'information', 'hint']),
  pointer: z.string(),
  message: z.string(),
});

/** Checks statistics and findings that come from elsewhere. */
export const inspectionSchema = z.object({
  stats: assetStats.nullable(),
  findings: z.array(findingSchema),
  breakdown: z.array(z.object({ name: z.string(), byteLength: bytes })),
});

const verdict = z.enum(['improved', 'unchanged', 'needs-review', 'refused', 'failed']);

const assetReport = z.object({
  path: z.string(),
  verdict,
  why: z.string(),
  before: assetStats.describe('Of a refused file only byteLength is known: it is not opened, all counts are 0.'),
  after: assetStats.nullable().describe('Of the proposed file; null when nothing is proposed.'),
  sourceDigest: z.string().nullable().describe('SHA-256 of the bytes before.'),
  outputDigest: z.string().nullable().describe('SHA-256 of the proposed bytes.'),
  sourceBlob: z.string().nullable().describe('Git object id of the bytes before; null outside Git.'),
  steps: z.array(stepOutcome),
  visual: z.union([visualCompared, visualSkipped]),
  findings: z.array(findingSchema),
  requires: z.array(z.object({ extension: z.string(), hint: z.string() })),
  images: z
    .object({
      comparison: z.string().optional(),
      sheet: z.string().optional(),
      hero: z.string().optional(),
    })
    .describe('Paths relative to the report, or URLs: before | after | difference; all views; the hero picture.'),
  isLfs: z.boolean().optional().describe('The file is kept in Git LFS. Absent means no, or not known.'),
  change: z
    .object({
      basePath: z.string().describe('Another path than `path` when the file was renamed.'),
      before: assetStats.describe('Of the file at the merge base.'),
      visual: z.union([visualCompared, visualSkipped]),
      images: z.object({ comparison: z.string().optional() }),
    })
    .optional()
    .describe('What the author changed: the file at the merge base beside `before`. Absent for an added file.'),
  durationMs: z.number(),
});

const job = z.object({
  kind: z.enum(['pull-request', 'files', 'upload', 'backfill']),
  repository: z.string().nullable(),
  baseCommit: z.string().nullable().describe('The merge base; on GitHub the base branch as it was.'),
  headCommit: z.string().nullable(),
  branch: z.string().nullable(),
  commit: z.string().nullable().describe('The commit that carries the optimized files; null when none was made.'),
});

const totals = z.object({
  assetCount: count,
  byteLengthBefore: bytes,
  byteLengthAfter: bytes.describe('What the assets weigh when every improved file is taken.'),
  savedBytes: z.int(),
  savedRatio: z.number().describe('0 to 1.'),
});

/** The schema of `report.json`. */
export const reportSchema = z.object({
  schemaVersion: z.literal(REPORT_SCHEMA_VERSION),
  tool: z.object({ name: z.string(), version: z.string() }),
  job,
  totals,
  assets: z.array(assetReport),
});

export type { AssetStats, Requirement, StepOutcome };
/** The visual guard's answer, or why there is none. */
export type Visual = z.infer<typeof visualCompared> | z.infer<typeof visualSkipped>;
/** The decision on one asset. */
export type VerdictName = z.infer<typeof verdict>;
/** One asset in the report. */
export type AssetReport = z.infer<typeof assetReport>;
/** What was reviewed. */
export type ReportJob = z.infer<typeof job>;
/** The record of one review. */
export type Report = z.infer<typeof reportSchema>;

/** Adds up the assets: only improved files count with their new size. */
export function totalsOf(assets: readonly AssetReport[]): Report['totals'] {
  let byteLengthBefore = 0;
  let byteLengthAfter = 0;
  for (const asset of assets) {
    byteLengthBefore += asset.before.byteLength;
    byteLengthAfter += asset.verdict === 'improved' && asset.after ? asset.after.byteLength : asset.before.byteLength;
  }
  const savedBytes = byteLengthBefore - byteLengthAfter;
  const savedRatio = byteLengthBefore === 0 ? 0 : savedBytes / byteLengthBefore;
  return { assetCount: assets.length, byteLengthBefore, byteLengthAfter, savedBytes, savedRatio };
}

/** The report as the text of `report.json`. */
export function writeReport(report: Report): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** Reads `report.json` back; throws `REPORT_INVALID` with the place when the text is not a report of this version. */
export function readReport(text: string): Report {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new BotError('REPORT_INVALID', 'the report is not JSON', { cause });
  }
  const parsed = reportSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new BotError('REPORT_INVALID', issue?.message ?? 'not a report', { at: `/${issue?.path.join('/') ?? ''}` });
}

/** Checks the entry of one asset; throws `REPORT_INVALID`. */
export function readAssetReport(json: unknown): AssetReport {
  const parsed = assetReport.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new BotError('REPORT_INVALID', parsed.error.issues[0]?.message ?? 'not the entry of an asset');
}
