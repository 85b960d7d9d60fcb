/** Reviews one asset: inspect, optimize, compare, decide; the whole answer as data. */

import { digestOf, type SourceGlb } from './asset/glb.ts';
import { measure, unopenedStats } from './asset/measure.ts';
import { type Finding, finding } from './finding.ts';
import { type InspectedGlb, inspect, type Refused } from './inspect.ts';
import { type Climb, climb, type Look } from './ladder.ts';
import { decodersIn, knowsNewMeshopt } from './optimize/loader-code.ts';
import { readMarker } from './optimize/marker.ts';
import { mergeStructure } from './optimize/merge.ts';
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
import { keptPath } from './policy/kept-original.ts';
import type { Rule } from './policy/policy.ts';
import type { ChangedAsset, GlbFile, Progress, Renderer } from './ports.ts';
import type { ReviewedAsset } from './propose.ts';
import type { AssetReport, AssetStats, StepOutcome } from './report/report.ts';
import { openTable, showOf } from './show.ts';
import { formatBytes } from './units.ts';

/** One asset with its bytes and its rule. */
export interface Assignment {
  readonly asset: ChangedAsset;
  readonly rule: Rule;
  readonly file: GlbFile;
  readonly manifests: readonly Manifest[];
}

/** What the review of an asset needs of the world. */
export interface AssetPorts {
  readonly renderer: Renderer;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/** Told of each stage. */
export interface AssetOptions {
  readonly onStage: (stage: Progress['stage'], detail: string) => void;
  readonly signal: AbortSignal;
}

/** Reviews one asset. Throws only what is our own fault; what is wrong with the asset is in the report. */
export async function reviewAsset(
  assignment: Assignment,
  ports: AssetPorts,
  options: AssetOptions,
): Promise<ReviewedAsset> {
  const startedMs = ports.now();
  const { asset, file } = assignment;
  options.onStage('inspecting', formatBytes(file.bytes.byteLength));
  const inspected = await inspect(file.bytes, file.siblings);
  const reviewed =
    inspected.kind === 'refused'
      ? refuse(asset, file, inspected)
      : await reviewInspected(assignment, inspected, ports, options);
  return { ...reviewed, report: { ...reviewed.report, durationMs: Math.round(ports.now() - startedMs) } };
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

function refuse(asset: ChangedAsset, file: GlbFile, { findings }: Refused): ReviewedAsset {
  const why = findings[0]?.message ?? 'the file cannot be opened';
  return leaveAlone(asset, {
    verdict: 'refused',
    why,
    before: unopenedStats(file.bytes.byteLength),
    findings,
    digest: digestOf(file.bytes),
  });
}

async function reviewInspected(
  assignment: Assignment,
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
  const climbFrom = (glb: SourceGlb) => climb(inspected, { rule, allowed, recipe, start: glb, ...options }, look);
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
  const improved = climbed.kind === 'passed';
  const report: AssetReport = {
    path: asset.path,
    verdict: improved ? 'improved' : 'needs-review',
    why: climbed.why,
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
  const proposed = {
    path: asset.path,
    mode: asset.mode,
    sourceBlob: asset.blob,
    bytes: glb.bytes,
    digest: glb.digest,
    originalPath: keptPath(asset.path, rule.keepOriginal),
  };
  return {
    report,
    file: improved && rule.mode !== 'report' ? proposed : null,
    images: shown.images.files,
    model: { path: asset.path, before: file, after: { bytes: glb.bytes, siblings: file.siblings } },
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
