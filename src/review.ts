/** Reviews one asset: inspect, optimize, compare, decide; the whole answer as data. */

import { digestOf, type SourceGlb } from './asset/glb.ts';
import { LIMITS, type Limits } from './asset/limits.ts';
import { measure } from './asset/measure.ts';
import { externalUris } from './asset/sibling.ts';
import { unopenedStats } from './asset/stats.ts';
import { type Finding, finding } from './finding.ts';
import { type InspectedGlb, inspectOpened, type OpenedGlb, openGlb, type Refused } from './inspect.ts';
import { type Climb, climb, type Look } from './ladder.ts';
import { decodersIn, knowsNewMeshopt } from './optimize/loader-code.ts';
import { readMarker } from './optimize/marker.ts';
import { recipeDigest } from './optimize/recipe.ts';
import {
  type Allowed,
  allowedBy,
  listRequirements,
  type Manifest,
  resolveTarget,
  withSource,
} from './optimize/target.ts';
import { checkBudget } from './policy/budget.ts';
import type { Rule } from './policy/policy.ts';
import type { ChangedAsset, GlbFile, Progress, ReadSibling, Renderer } from './ports.ts';
import { proposedFile, type ReviewedAsset, storedGlb } from './propose.ts';
import type { AssetReport, AssetStats, StepOutcome } from './report/report.ts';
import { changeOf, openTable, showOf } from './show.ts';
import { formatBytes } from './units.ts';
import { leaveAlone, type UnreadSibling, unreadSibling } from './unread.ts';

/** One asset with its bytes and its rule. */
export interface Assignment {
  readonly asset: ChangedAsset;
  readonly rule: Rule;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Git LFS holds it. */
  readonly isLfs?: boolean;
  /** The asset as it was at the merge base, to show what its author changed. */
  readonly base?: Uint8Array<ArrayBuffer>;
  readonly manifests: readonly Manifest[];
}

/** What the review of an asset needs of the world. */
export interface AssetPorts {
  readonly renderer: Renderer;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** The operator's; the usual ones when left out. */
  readonly limits?: Limits;
}

/** How one asset is reviewed. */
export interface AssetOptions {
  /** Asked for each file that the asset names by uri. */
  readonly readSibling: (uri: string) => Promise<ReadSibling>;
  /** Told of each stage. */
  readonly onStage: (stage: Progress['stage'], detail: string) => void;
  readonly signal: AbortSignal;
}

/** Reviews assets, in this process or behind a wall. Adapters: `inProcessReviewer`, the sandbox. */
export interface AssetReviewer {
  /** Throws only what is our own fault; what is wrong with the asset is in the report. */
  review(assignment: Assignment, options: AssetOptions): Promise<ReviewedAsset>;
  close(): Promise<void>;
}

/** Reviews one asset. Throws only what is our own fault; what is wrong with the asset is in the report. */
export async function reviewAsset(
  assignment: Assignment,
  ports: AssetPorts,
  options: AssetOptions,
): Promise<ReviewedAsset> {
  const startedMs = ports.now();
  const { asset, bytes } = assignment;
  options.onStage('inspecting', formatBytes(bytes.byteLength));
  const limits = ports.limits ?? LIMITS;
  const opened = openGlb(bytes, limits);
  const reviewed =
    opened.kind === 'refused'
      ? refuse(asset, bytes, opened)
      : await reviewOpened(assignment, opened, limits, ports, options);
  const isLfs = assignment.isLfs === true ? { isLfs: true } : {};
  return { ...reviewed, report: { ...reviewed.report, ...isLfs, durationMs: Math.round(ports.now() - startedMs) } };
}

async function reviewOpened(
  assignment: Assignment,
  opened: OpenedGlb,
  limits: Limits,
  ports: AssetPorts,
  options: AssetOptions,
): Promise<ReviewedAsset> {
  const { asset, bytes } = assignment;
  const siblings = await readSiblings(opened.source, options.readSibling, limits);
  if ('uri' in siblings) return unreadSibling(asset, bytes.byteLength, siblings);
  const inspected = await inspectOpened(opened, siblings, limits);
  if (inspected.kind === 'refused') return refuse(asset, bytes, inspected);
  const file = { bytes, siblings };
  const reviewed = await reviewInspected({ ...assignment, file }, inspected, ports, options);
  if (assignment.base === undefined) return reviewed;
  options.onStage('comparing', 'with the base');
  const change = await changeOf({ ...assignment, base: assignment.base, file }, inspected, ports, options.signal);
  const images = [...reviewed.images, ...change.images];
  const model = reviewed.model && {
    ...reviewed.model,
    base: storedGlb({ bytes: assignment.base, siblings: new Map() }),
  };
  return { ...reviewed, images, model, report: { ...reviewed.report, change: change.report } };
}

/** The external images of a file, through the source alone; or the first that it cannot read. */
async function readSiblings(
  { bytes, json }: SourceGlb,
  readSibling: AssetOptions['readSibling'],
  limits: Limits,
): Promise<GlbFile['siblings'] | UnreadSibling> {
  const siblings = new Map<string, Uint8Array<ArrayBuffer>>();
  const limitBytes = limits.byteLength;
  // All of them together, with the asset.
  let byteLength = bytes.byteLength;
  for (const uri of externalUris(json)) {
    const read = await readSibling(uri);
    if (read.kind !== 'bytes') return { uri, read };
    siblings.set(uri, read.bytes);
    byteLength += read.bytes.byteLength;
    if (byteLength > limitBytes) return { uri, read: { kind: 'over-limit', byteLength, limitBytes } };
  }
  return siblings;
}

function refuse(asset: ChangedAsset, bytes: GlbFile['bytes'], { findings }: Refused): ReviewedAsset {
  const why = findings[0]?.message ?? 'the file cannot be opened';
  return leaveAlone(asset, {
    verdict: 'refused',
    why,
    before: unopenedStats(bytes.byteLength),
    findings,
    digest: digestOf(bytes),
  });
}

async function reviewInspected(
  assignment: Assignment & { readonly file: GlbFile },
  inspected: InspectedGlb,
  ports: AssetPorts,
  options: AssetOptions,
): Promise<ReviewedAsset> {
  const { asset, rule, file } = assignment;
  const { target } = resolveTarget(rule.target, assignment.manifests);
  const { manifests } = assignment;
  // Decoders that the policy names are believed; those that the code registers come on top.
  const found = rule.target === 'auto' ? decodersIn(manifests) : [];
  const asked = allowedBy(target, [...new Set([...rule.decoders, ...found])], knowsNewMeshopt(target, manifests));
  const allowed = withSource(asked, inspected.stats.extensionsRequired);
  const recipe = recipeDigest(rule, asked);
  const budgetOf = (stats: AssetStats, images: InspectedGlb['images']): readonly Finding[] =>
    checkBudget(stats, sizesOf(images), rule.budget);
  const unchanged = (why: string, findings: readonly Finding[], climbed?: Climb): ReviewedAsset =>
    leaveAlone(asset, {
      verdict: 'unchanged',
      why,
      before: inspected.stats,
      findings: [...budgetOf(inspected.stats, inspected.images), ...findings, ...notable(inspected)],
      steps: climbed === undefined ? [] : rungOutcomes(climbed),
      digest: inspected.source.digest,
    });
  const { inexactNumber } = inspected.source;
  if (inexactNumber !== null) {
    const why = `its JSON holds the number ${inexactNumber.slice(0, 40)}, which would come back as another one`;
    return unchanged(why, [
      finding('JSON_NUMBER', '', `The number ${inexactNumber.slice(0, 40)} would change.`, 'warning'),
    ]);
  }
  if (readMarker(inspected.source)?.recipe === recipe) return unchanged('already optimized', []);

  await using table = openTable(ports.renderer, file, options.signal);
  const look: Look = (candidate, sizePx) =>
    table.compare({ bytes: candidate.glb.bytes, siblings: file.siblings }, sizePx);
  const start = await startOf(inspected, rule, allowed);
  const limits = ports.limits && { limits: ports.limits };
  const climbFrom = (glb: SourceGlb) =>
    climb(inspected, { rule, allowed: asked, recipe, start: glb, ...limits, ...options }, look);
  const merged = await climbFrom(start.glb);
  // What merging spoils is tried again as it was.
  const climbed =
    merged.kind === 'passed' || start.glb === inspected.source ? merged : await climbFrom(inspected.source);
  const mergeOutcomes: readonly StepOutcome[] =
    climbed === merged
      ? start.outcomes
      : start.outcomes.map((step) => ({ ...step, outcome: 'reverted', why: `${step.why}: ${merged.why}` }));
  if (climbed.kind === 'nothing') return unchanged(climbed.why, climbed.findings, climbed);

  const { candidate, seen } = climbed;
  const { glb } = candidate;
  const after = await measure(glb, file.siblings);
  options.onStage('picturing', '');
  const sides = { path: asset.path, digest: glb.digest, before: inspected.stats, after: after.stats };
  const shown = await showOf(sides, seen, rule.maxVisualDifference, (labels) =>
    table.pictures({ bytes: glb.bytes, siblings: file.siblings }, labels),
  );
  const isAccepted = asset.wish === 'accept' && climbed.kind !== 'passed';
  const improved = climbed.kind === 'passed' || isAccepted;
  const report: AssetReport = {
    path: asset.path,
    verdict: improved ? 'improved' : 'needs-review',
    why: isAccepted ? `accepted by a reviewer: ${climbed.why}` : climbed.why,
    before: shown.before,
    after: shown.after,
    sourceDigest: inspected.source.digest,
    outputDigest: glb.digest,
    sourceBlob: asset.blob === '' ? null : asset.blob,
    steps: [...mergeOutcomes, ...candidate.outcomes, ...rungOutcomes(climbed)],
    visual: shown.visual,
    findings: [
      ...(improved ? budgetOf(after.stats, after.images) : budgetOf(inspected.stats, inspected.images)),
      ...notable(inspected),
    ],
    requires: [...listRequirements(target, inspected.stats.extensionsUsed, after.stats.extensionsUsed)],
    images: shown.images.names,
    durationMs: 0,
  };
  return {
    report,
    file: improved && rule.mode !== 'report' ? proposedFile(asset, rule, glb.bytes, glb.digest) : null,
    images: shown.images.files,
    model: { path: asset.path, before: storedGlb(file), after: storedGlb({ ...file, bytes: glb.bytes }) },
  };
}

/** The source, or what merging makes of it where the rule allows that. */
async function startOf(
  inspected: InspectedGlb,
  rule: Rule,
  allowed: Allowed,
): Promise<{ readonly glb: SourceGlb; readonly outcomes: readonly StepOutcome[] }> {
  const { source } = inspected;
  if (rule.structure === 'keep') return { glb: source, outcomes: [] };
  // Loaded for `structure: merge` alone, which few ask for.
  const { mergeStructure } = await import('./optimize/merge.ts');
  const merged = await mergeStructure(source, allowed.extensions.has('EXT_mesh_gpu_instancing'));
  const glb = merged.kind === 'merged' ? merged.glb : source;
  const outcome = merged.kind === 'merged' ? 'applied' : 'skipped';
  return { glb, outcomes: [{ name: 'merge', outcome, why: merged.why, byteLengthAfter: glb.bytes.byteLength }] };
}

/** Errors and warnings of the source belong in the report; hints do not. */
function notable(inspected: InspectedGlb): readonly Finding[] {
  return inspected.validation.filter(({ severity }) => severity === 'error' || severity === 'warning').slice(0, 50);
}

function rungOutcomes(climbed: Climb): readonly StepOutcome[] {
  const { rungs, kind } = climbed;
  return rungs.map(({ name, why, byteLength }, place) => ({
    name: `rung ${name}`,
    outcome: kind === 'passed' && place === rungs.length - 1 ? 'applied' : 'reverted',
    why,
    byteLengthAfter: byteLength,
  }));
}

function sizesOf(images: InspectedGlb['images']): Parameters<typeof checkBudget>[1] {
  return images.flatMap(({ index, size }) =>
    size === undefined ? [] : [{ pointer: `/images/${index}`, widthPx: size.width, heightPx: size.height }],
  );
}
