/** Climbs the ladder of recipes: the first rung that keeps the contract and looks the same wins. */

import { openDraco } from './asset/draco.ts';
import type { SourceGlb } from './asset/glb.ts';
import { newErrors, validate } from './asset/validate.ts';
import { checkContract } from './compare/contract.ts';
import type { Finding } from './finding.ts';
import type { InspectedGlb } from './inspect.ts';
import type { ImageCache } from './optimize/images.ts';
import { packReady } from './optimize/pack.ts';
import { type Layout, ladderOf, layoutsOf, type Rung, stepsOf } from './optimize/recipe.ts';
import { type OptimizedGlb, runRecipe } from './optimize/run-recipe.ts';
import type { Allowed } from './optimize/target.ts';
import type { Rule } from './policy/policy.ts';
import type { NotRendered, VisualComparison } from './ports.ts';
import { formatBytes, formatSaved } from './units.ts';

/** Compares a candidate with the original by eye. */
export type Look = (candidate: OptimizedGlb) => Promise<VisualComparison | NotRendered>;

/** Where the climb ended. `rungs` tells of every rung, also of those that fell. */
export type Climb =
  | {
      readonly kind: 'passed' | 'needs-review';
      readonly why: string;
      readonly candidate: OptimizedGlb;
      readonly seen: VisualComparison | NotRendered;
      readonly rungs: readonly RungStory[];
    }
  | {
      readonly kind: 'nothing';
      readonly why: string;
      readonly findings: readonly Finding[];
      readonly rungs: readonly RungStory[];
    };

/** What became of one rung. */
export interface RungStory {
  readonly name: string;
  readonly byteLength: number;
  readonly why: string;
}

/** The settings of a climb. */
export interface ClimbOptions {
  readonly rule: Rule;
  readonly allowed: Allowed;
  /** What the recipes start from: the source, or the source with its structure merged. The contract holds against it. */
  readonly start: SourceGlb;
  /** Goes into the mark of the output. */
  readonly recipe: string;
  readonly onStage: (stage: 'optimizing' | 'comparing', detail: string) => void;
  readonly signal: AbortSignal;
}

/** Geometry above this is always compressed; below, the plain layout is tried too, as compression costs JSON. */
const PLAIN_TRIAL_BYTES = 262_144;

/** Tries the rungs of the rule's preset in order. */
export async function climb(inspected: InspectedGlb, options: ClimbOptions, look: Look): Promise<Climb> {
  await packReady;
  await openDraco();
  const { rule, onStage, signal } = options;
  const cache: ImageCache = new Map();
  const rungs: RungStory[] = [];
  const broken: Finding[] = [];
  let smallest: { candidate: OptimizedGlb; seen: VisualComparison } | undefined;
  for (const rung of ladderOf(rule.preset)) {
    signal.throwIfAborted();
    onStage('optimizing', rung.name);
    const candidate = await smallestOf(inspected, rung, options, cache);
    const { byteLength } = candidate.glb.bytes;
    const tell = (why: string): number => rungs.push({ name: rung.name, byteLength, why });
    const small = tooLittle(inspected.source.bytes.byteLength, byteLength, rule);
    if (small !== undefined) {
      tell(small);
      // Rungs only grow from here on.
      break;
    }
    const faults = await faultsOf(inspected, options.start, candidate);
    if (faults.length > 0) {
      broken.push(...faults);
      tell(faults[0]?.message ?? 'the contract is broken');
      continue;
    }
    onStage('comparing', rung.name);
    const seen = await look(candidate);
    if (seen.kind === 'not-rendered') return unseen(candidate, seen, rung, rule, rungs);
    tell(`difference ${seen.score.toFixed(2)} of ${rule.maxVisualDifference}`);
    if (seen.score <= rule.maxVisualDifference)
      return { kind: 'passed', why: savedText(inspected, candidate), candidate, seen, rungs };
    smallest ??= { candidate, seen };
  }
  if (smallest !== undefined) {
    const why = `every smaller version looks different: ${smallest.seen.score.toFixed(2)} where ${rule.maxVisualDifference} is allowed`;
    return { kind: 'needs-review', why, ...smallest, rungs };
  }
  const last = rungs.at(-1)?.why ?? 'no recipe applies';
  return {
    kind: 'nothing',
    why: broken.length > 0 ? `no recipe kept everything: ${last}` : last,
    findings: broken,
    rungs,
  };
}

/** Without a picture only what is lossless by construction counts as proven, unless the policy says otherwise. */
function unseen(candidate: OptimizedGlb, seen: NotRendered, rung: Rung, rule: Rule, rungs: RungStory[]): Climb {
  const isLossless = rung.referenceQuality === null && rung.precision.positionBits === null;
  rungs.push({ name: rung.name, byteLength: candidate.glb.bytes.byteLength, why: seen.why });
  if (isLossless) return { kind: 'passed', why: 'smaller without losing a bit', candidate, seen, rungs };
  if (rule.withoutRenderer === 'commit')
    return { kind: 'passed', why: 'smaller; the policy takes it without pictures', candidate, seen, rungs };
  return { kind: 'needs-review', why: `smaller, but nobody looked: ${seen.why}`, candidate, seen, rungs };
}

async function smallestOf(
  inspected: InspectedGlb,
  rung: Rung,
  options: ClimbOptions,
  cache: ImageCache,
): Promise<OptimizedGlb> {
  const { rule, allowed, recipe, start } = options;
  const geometryBytes = inspected.stats.byteLength - inspected.stats.textureByteLength;
  const plain: Layout = { compression: 'none', draco: false };
  const layouts = [...layoutsOf(allowed), ...(geometryBytes > PLAIN_TRIAL_BYTES ? [] : [plain])];
  let smallest: OptimizedGlb | undefined;
  for (const layout of layouts) {
    const candidate = await runRecipe(start, stepsOf(rung, { rule, allowed, layout, cache }), recipe);
    if (smallest === undefined || candidate.glb.bytes.byteLength < smallest.glb.bytes.byteLength) smallest = candidate;
  }
  if (smallest === undefined) throw new Error('There is always a layout.');
  return smallest;
}

function tooLittle(before: number, after: number, rule: Rule): string | undefined {
  const saved = before - after;
  if (saved <= 0) return 'already as small as we can make it';
  if (saved >= rule.minSavedBytes && saved >= rule.minSavedRatio * before) return undefined;
  return `only ${formatBytes(saved)} (${formatSaved(saved / before)}) could be saved, less than the policy asks for`;
}

function savedText(inspected: InspectedGlb, candidate: OptimizedGlb): string {
  const before = inspected.source.bytes.byteLength;
  const after = candidate.glb.bytes.byteLength;
  return `${formatBytes(before)} → ${formatBytes(after)}`;
}

async function faultsOf(
  inspected: InspectedGlb,
  start: SourceGlb,
  candidate: OptimizedGlb,
): Promise<readonly Finding[]> {
  const lost = checkContract(start, candidate.glb);
  return lost.length > 0 ? lost : newErrors(inspected.validation, await validate(candidate.glb));
}
