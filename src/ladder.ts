/** Climbs from the smallest result to the safest: the first that keeps the contract and looks the same wins. */
import { conform } from './asset/conform.ts';
import { checkData } from './asset/data.ts';
import type { SourceGlb } from './asset/glb.ts';
import type { Limits } from './asset/limits.ts';
import { newErrors, validate } from './asset/validate.ts';
import { checkContract } from './compare/contract.ts';
import type { Finding } from './finding.ts';
import type { InspectedGlb } from './inspect.ts';
import { type Built, build } from './optimize/build.ts';
import {
  asFarAs,
  isOneUp,
  type Place,
  placeOf,
  type ScoreAlone,
  safer,
  stepsBack,
  unbroken,
} from './optimize/dials.ts';
import type { GpuCache } from './optimize/gpu-textures.ts';
import { type ImageCache, isLeftUntried } from './optimize/images.ts';
import { packReady } from './optimize/pack.ts';
import type { OptimizedGlb } from './optimize/run-recipe.ts';
import { DIALS, describeSettings, EXACT_SETTINGS, isExact, type Settings, startOf } from './optimize/settings.ts';
import { type Allowed, withSource } from './optimize/target.ts';
import { takeApart } from './optimize/workpiece.ts';
import type { Rule } from './policy/policy.ts';
import type { NotRendered, VisualComparison } from './ports.ts';
import { formatBytes, formatSaved } from './units.ts';

/** Compares a candidate with the original by eye: 512 px to search, 1024 px to decide. */
export type Look = (candidate: OptimizedGlb, sizePx: 512 | 1024) => Promise<VisualComparison | NotRendered>;

/** Where the climb ended. `rungs` tells of every result, also of those that fell. */
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

/** What became of one result. */
export interface RungStory {
  readonly name: string;
  readonly byteLength: number;
  readonly why: string;
}

/** The settings of a climb. */
export interface ClimbOptions {
  readonly rule: Rule;
  /** What the target reads; what the source requires comes on top. */
  readonly allowed: Allowed;
  /** What the recipes start from: the source, or the source with its structure merged. The contract holds against it. */
  readonly start: SourceGlb;
  /** Goes into the mark of the output. */
  readonly recipe: string;
  /** What a result may claim is what a source may. */
  readonly limits?: Limits;
  readonly onStage: (stage: 'optimizing' | 'comparing', detail: string) => void;
  readonly signal: AbortSignal;
}

/** Full looks before everything is kept exactly. */
const MOST_LOOKS = 6;
/** Below this share of the limit a result has something to spare, and at most this share of its bytes is worth a look. */
const SPARE_RATIO = 0.9;
const WORTH_RATIO = 0.9;

/** Tries results from the preset's smallest upwards. */
export async function climb(inspected: InspectedGlb, options: ClimbOptions, look: Look): Promise<Climb> {
  await packReady;
  const work: Work = {
    inspected,
    options,
    look,
    cache: new Map(),
    gpuCache: new Map(),
    rungs: [],
    broken: [],
    alone: new Map(),
  };
  const limit = options.rule.maxVisualDifference;
  let at = placeOf(startOf(options.rule.preset), limit);
  let smallest: Tried | undefined;
  for (let looks = 0; looks <= MOST_LOOKS; looks++) {
    const tried = await tryOut(work, at.settings);
    if (tried.kind === 'ended') return stepBack(work, at, tried.climb);
    // Safer settings only make larger files; but not everything need be safer.
    if (tried.kind === 'too-large' && !isOneUp(at)) break;
    if (tried.kind === 'seen') smallest ??= tried;
    if (isLossless(at.settings)) break;
    if (looks === MOST_LOOKS - 1) at = { ...at, settings: EXACT_SETTINGS };
    else if (tried.kind === 'seen') at = await safer(at, tried.seen.score, limit, aloneBy(work));
    else if (tried.kind === 'broken') at = unbroken(at);
    else if (at.shown !== undefined) at = await asFarAs(at, at.shown, limit, aloneBy(work));
  }
  return endOf(work, smallest);
}

/** A dial may have been turned too far: what passed with something to spare may do with less, where that saves most. */
async function stepBack(work: Work, at: Place, climbed: Climb): Promise<Climb> {
  const limit = work.options.rule.maxVisualDifference;
  if (climbed.kind !== 'passed' || climbed.seen.kind !== 'compared' || at.shown === undefined || isOneUp(at))
    return climbed;
  if (climbed.seen.score > limit * SPARE_RATIO) return climbed;
  let best: { readonly settings?: Settings; readonly byteLength: number } = {
    byteLength: climbed.candidate.glb.bytes.byteLength * WORTH_RATIO,
  };
  for (const settings of await stepsBack(at, limit, aloneBy(work))) {
    const { byteLength } = (await buildFrom(work, settings)).marked.glb.bytes;
    if (byteLength < best.byteLength) best = { settings, byteLength };
  }
  if (best.settings === undefined) return climbed;
  const told = work.rungs.length - 1;
  const tried = await tryOut(work, best.settings);
  if (tried.kind === 'ended' && tried.climb.kind === 'passed')
    return stepBack(work, { ...at, settings: best.settings }, tried.climb);
  // What is taken is told last.
  work.rungs.push(...work.rungs.splice(told, 1));
  return climbed;
}

interface Work {
  readonly inspected: InspectedGlb;
  readonly options: ClimbOptions;
  readonly look: Look;
  readonly cache: ImageCache;
  readonly gpuCache: GpuCache;
  readonly rungs: RungStory[];
  readonly broken: Finding[];
  /** What a dial at a place shows with all others exact. */
  readonly alone: Map<string, Promise<number>>;
}

type Tried = { readonly kind: 'seen'; readonly candidate: OptimizedGlb; readonly seen: VisualComparison };

async function tryOut(
  work: Work,
  settings: Settings,
): Promise<Tried | { readonly kind: 'broken' | 'too-large' } | { readonly kind: 'ended'; readonly climb: Climb }> {
  const { inspected, options, rungs } = work;
  const { rule } = options;
  const name = describeSettings(settings);
  const candidate = await candidateOf(work, settings);
  const { byteLength } = candidate.glb.bytes;
  const tell = (why: string): number => rungs.push({ name, byteLength, why });
  const small = tooLittle(inspected.source.bytes.byteLength, candidate, rule);
  if (small !== undefined) {
    tell(small);
    return { kind: 'too-large' };
  }
  const faults = await faultsOf(inspected, options, candidate);
  if (faults.length > 0) {
    work.broken.push(...faults);
    tell(faults[0]?.message ?? 'the contract is broken');
    return { kind: 'broken' };
  }
  options.onStage('comparing', name);
  const seen = await work.look(candidate, 1024);
  if (seen.kind === 'not-rendered') {
    tell(seen.why);
    return { kind: 'ended', climb: unseen(candidate, seen, settings, work) };
  }
  tell(`difference ${seen.score.toFixed(2)} of ${rule.maxVisualDifference}`);
  if (seen.score > rule.maxVisualDifference) return { kind: 'seen', candidate, seen };
  const why = `${formatBytes(inspected.source.bytes.byteLength)} → ${formatBytes(byteLength)}`;
  return { kind: 'ended', climb: { kind: 'passed', why, candidate, seen, rungs } };
}

function isLossless(settings: Settings): boolean {
  return DIALS.every((dial) => isExact(settings, dial));
}

/** Looks at a dial alone, once for each of its places. */
function aloneBy(work: Work): ScoreAlone {
  return async (settings, dial) => {
    if (isExact(settings, dial)) return 0;
    const key = `${dial} ${settings[dial]}`;
    const known = work.alone.get(key) ?? lookAlone(work, { ...EXACT_SETTINGS, [dial]: settings[dial] });
    work.alone.set(key, known);
    return known;
  };
}

async function lookAlone(work: Work, settings: Settings): Promise<number> {
  const seen = await work.look((await buildFrom(work, settings)).marked, 512);
  return seen.kind === 'compared' ? seen.score : Number.POSITIVE_INFINITY;
}

/** What a climb began with keeps no mark where a second run, which begins the same, makes nothing of it anyway. */
async function candidateOf(work: Work, settings: Settings): Promise<OptimizedGlb> {
  const { inspected, options } = work;
  const { rule } = options;
  const { marked, unmarked } = await buildFrom(work, settings);
  // After a look that showed too much, and after merging, it is the mark that keeps a second run from the same.
  if (unmarked === undefined || settings !== startOf(rule.preset) || rule.structure !== 'keep') return marked;
  if (tooLittle(inspected.source.bytes.byteLength, unmarked, rule) !== undefined) return marked;
  return (await isSettled(unmarked.glb, options)) ? unmarked : marked;
}

/** True where the same rule makes no smaller file of this one, whatever it asks to be saved; asked only where that takes milliseconds. */
async function isSettled(glb: SourceGlb, { rule, allowed, recipe, limits }: ClimbOptions): Promise<boolean> {
  if ((await refusalsOf(glb, limits)).length > 0) return false;
  if (![...takeApart(glb).images.values()].every((image) => isLeftUntried(image, rule))) return false;
  const again = await build(glb, startOf(rule.preset), {
    rule,
    allowed: withSource(allowed, glb.json.extensionsRequired ?? []),
    recipe,
    geometryBytes: glb.bytes.byteLength,
    cache: new Map(),
    gpuCache: new Map(),
  });
  const next = again.unmarked ?? again.marked;
  const { byteLength } = glb.bytes;
  return next.glb.bytes.byteLength >= byteLength && tooLittle(byteLength, next, rule) !== undefined;
}

function buildFrom({ inspected, options, cache, gpuCache }: Work, settings: Settings): Promise<Built> {
  const { rule, recipe, start, signal, onStage } = options;
  signal.throwIfAborted();
  onStage('optimizing', describeSettings(settings));
  const { byteLength, textureByteLength, extensionsRequired } = inspected.stats;
  const allowed = withSource(options.allowed, extensionsRequired);
  const geometryBytes = byteLength - textureByteLength;
  return build(start, settings, { rule, allowed, recipe, geometryBytes, cache, gpuCache });
}

/** Without a picture only what is lossless by construction counts as proven, unless the policy says otherwise. */
function unseen(
  candidate: OptimizedGlb,
  seen: NotRendered,
  settings: Settings,
  { inspected, options, rungs }: Work,
): Climb {
  const result = { candidate, seen, rungs };
  // A texture made smaller has lost something, however it is stored; so has a merged structure.
  const isWhole = options.rule.textureMaxSizePx === null && options.start === inspected.source;
  if (isLossless(settings) && isWhole) return { kind: 'passed', why: 'smaller without losing a bit', ...result };
  if (options.rule.withoutRenderer === 'commit')
    return { kind: 'passed', why: 'smaller; the policy takes it without pictures', ...result };
  return { kind: 'needs-review', why: `smaller, but nobody looked: ${seen.why}`, ...result };
}

function endOf({ options, rungs, broken }: Work, smallest: Tried | undefined): Climb {
  if (smallest !== undefined) {
    const { candidate, seen } = smallest;
    const why = `every smaller version looks different: ${seen.score.toFixed(2)} where ${options.rule.maxVisualDifference} is allowed`;
    return { kind: 'needs-review', why, candidate, seen, rungs };
  }
  const last = rungs.at(-1)?.why ?? 'no recipe applies';
  return {
    kind: 'nothing',
    why: broken.length > 0 ? `no recipe kept everything: ${last}` : last,
    findings: broken,
    rungs,
  };
}

/** Graphics memory is a saving of its own, if the file does not pay for it. */
function tooLittle(before: number, { glb, outcomes }: OptimizedGlb, rule: Rule): string | undefined {
  const saved = before - glb.bytes.byteLength;
  if (saved >= 0 && outcomes.some(({ name, outcome }) => name === 'gpu-textures' && outcome === 'applied'))
    return undefined;
  if (saved <= 0) return 'already as small as we can make it';
  if (saved >= rule.minSavedBytes && saved >= rule.minSavedRatio * before) return undefined;
  return `only ${formatBytes(saved)} (${formatSaved(saved / before)}) could be saved, less than the policy asks for`;
}

async function faultsOf(
  inspected: InspectedGlb,
  { start, limits }: Pick<ClimbOptions, 'start' | 'limits'>,
  candidate: OptimizedGlb,
): Promise<readonly Finding[]> {
  const lost = await checkContract(start, candidate.glb);
  if (lost.length > 0) return lost;
  const refused = await refusalsOf(candidate.glb, limits);
  return refused.length > 0 ? refused : newErrors(inspected.validation, await validate(candidate.glb));
}

/** Nothing of ours is trusted either: the same checks as for the file that came. */
async function refusalsOf(glb: SourceGlb, limits?: Limits): Promise<readonly Finding[]> {
  const unsound = [...conform(glb, limits), ...(await checkData(glb))];
  return unsound.filter(({ severity }) => severity === 'error');
}
