/** Settings -> the ordered steps of a recipe. */
import { digestOf } from '../asset/glb.ts';
import type { Rule } from '../policy/policy.ts';
import { TOOL } from '../version.ts';
import { constantTracks, quantizeAnimation } from './animation.ts';
import { compactJson } from './compact-json.ts';
import { draco } from './draco-step.ts';
import { reorder, reorderPoints, weld } from './geometry.ts';
import { encodeForGpu, type GpuCache } from './gpu-textures.ts';
import { encodeImages, type ImageCache } from './images.ts';
import { quantizeInstances } from './instances.ts';
import { numberByUse } from './number-by-use.ts';
import { paletteTexcoords } from './palette-texcoords.ts';
import { quantize, quantizeDirections } from './quantize.ts';
import { dropIdleKeys } from './resample.ts';
import { dropRestChannels } from './rest-channels.ts';
import { gpuLevelOf, levelOf, precisionOf, type Settings, settingsConstants } from './settings.ts';
import { dropUnused, share, shareDeltas } from './share.ts';
import { shareBlocks } from './share-blocks.ts';
import { anyOf, inTurn, type Step } from './step.ts';
import type { Allowed } from './target.ts';
import type { Compression } from './workpiece.ts';

/** The codec that compresses buffer views, if the target reads one. */
function compressionOf(allowed: Allowed): Compression {
  // The same streams are a tenth smaller in the newer codec.
  if (allowed.extensions.has('KHR_meshopt_compression')) return 'KHR_meshopt_compression';
  return allowed.extensions.has('EXT_meshopt_compression') ? 'EXT_meshopt_compression' : 'none';
}

/** What the steps depend on. */
export interface StepOptions {
  readonly rule: Pick<Rule, 'preset' | 'textureMaxSizePx'>;
  readonly allowed: Allowed;
  readonly layout: Layout;
  readonly cache: ImageCache;
  /** Needed by `vram` alone, and there only where a recipe runs more than once. */
  readonly gpuCache?: GpuCache;
}

/** How geometry is stored: the codec of buffer views, and whether triangles go through Draco first. */
export interface Layout {
  readonly compression: Compression;
  readonly draco: boolean;
}

/** The layouts that a target allows, the likeliest first; the smallest result is taken. */
export function layoutsOf(allowed: Allowed): readonly Layout[] {
  const compression = compressionOf(allowed);
  const codecs: Layout[] = [{ compression, draco: false }];
  if (allowed.extensions.has('KHR_draco_mesh_compression')) codecs.unshift({ compression, draco: true });
  return codecs;
}

/** The steps of one recipe, in order. Images come before geometry: sizes are measured after each step, and theirs dominate. */
export function stepsOf(settings: Settings, options: StepOptions): readonly Step[] {
  return [...commonSteps(settings, options), ...layoutSteps(settings, options)];
}

/** The first steps, which are the same for all layouts: what they make is made once. */
export function commonSteps(
  settings: Settings,
  { rule, allowed, cache, gpuCache }: Omit<StepOptions, 'layout'>,
): readonly Step[] {
  const webp = allowed.extensions.has('EXT_texture_webp');
  // Fewer loaders and older browsers read it: only who asks for `small` gets it.
  const avif = rule.preset === 'small' && allowed.extensions.has('EXT_texture_avif');
  const maxSizePx = rule.textureMaxSizePx;
  const forGpu = rule.preset === 'vram' && allowed.extensions.has('KHR_texture_basisu');
  return [
    dropUnused(),
    share(),
    // Looks at images as they came.
    ...(precisionOf(settings).texcoordsByColor ? [paletteTexcoords()] : []),
    ...(forGpu
      ? [encodeForGpu({ levelOf: (kind) => gpuLevelOf(settings, kind), maxSizePx }, gpuCache ?? new Map())]
      : []),
    encodeImages({ levelOf: (kind) => levelOf(settings, kind), webp, avif, maxSizePx }, cache),
  ];
}

/** The steps behind those, for one layout. */
export function layoutSteps(
  settings: Settings,
  { allowed, layout }: Pick<StepOptions, 'allowed' | 'layout'>,
): readonly Step[] {
  const precision = precisionOf(settings);
  const quantization = { precision, meshQuantization: allowed.extensions.has('KHR_mesh_quantization') };
  return [
    ...(layout.draco ? [draco(precision)] : []),
    ...(layout.compression === 'none' ? [] : [meshopt(layout.compression)]),
    inTurn('rest-channels', [dropRestChannels(allowed), dropUnused()]),
    inTurn('constant-tracks', [constantTracks(), dropUnused(), share()]),
    inTurn('idle-keys', [dropIdleKeys(precision), share()]),
    quantize(quantization),
    quantizeDirections(quantization),
    quantizeAnimation(precision),
    quantizeInstances(precision),
    weld(),
    reorder(),
    reorderPoints(),
    anyOf('share-results', [share(), shareDeltas(), shareBlocks(), dropUnused()]),
    numberByUse(),
    compactJson(),
  ];
}

/** Compresses buffer views with the meshopt codec; views that it cannot shrink stay plain. */
function meshopt(compression: Exclude<Compression, 'none'>): Step {
  // Kept even when it saves nothing yet: the steps behind it make data that it was made for.
  return {
    name: 'meshopt',
    keep: 'always',
    run: (piece) => ({ kind: 'changed', piece: { ...piece, compression }, why: `buffer views by ${compression}` }),
  };
}

/** Names what a result depends on beside the source: version, levels, target and rule, in 8 hexadecimal digits. */
export function recipeDigest(rule: Pick<Rule, 'preset' | 'structure' | 'textureMaxSizePx'>, allowed: Allowed): string {
  const { preset, structure, textureMaxSizePx } = rule;
  const text = JSON.stringify([
    TOOL.version,
    settingsConstants(preset),
    structure,
    textureMaxSizePx,
    [...allowed.extensions].sort(),
  ]);
  return digestOf(new TextEncoder().encode(text)).slice(0, 8);
}
