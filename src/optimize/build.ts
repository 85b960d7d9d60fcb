/** The smallest file that settings make of a source, over all layouts that the target reads. */
import type { SourceGlb } from '../asset/glb.ts';
import type { Rule } from '../policy/policy.ts';
import type { GpuCache } from './gpu-textures.ts';
import type { ImageCache } from './images.ts';
import { commonSteps, type Layout, layoutSteps, layoutsOf } from './recipe.ts';
import { begin, finish, finishUnmarked, goOn, type OptimizedGlb } from './run-recipe.ts';
import type { Settings } from './settings.ts';
import type { Allowed } from './target.ts';

/** What a file is made with, beside its settings. */
export interface BuildOptions {
  readonly rule: Pick<Rule, 'preset' | 'textureMaxSizePx'>;
  readonly allowed: Allowed;
  /** Goes into the mark of the output. */
  readonly recipe: string;
  /** Of the source, beside its images. */
  readonly geometryBytes: number;
  readonly cache: ImageCache;
  readonly gpuCache: GpuCache;
}

/** The smallest file with our mark; where that is small, also the smallest without. */
export interface Built {
  readonly marked: OptimizedGlb;
  readonly unmarked: OptimizedGlb | undefined;
}

/** Geometry above this is always compressed; below, the plain layout is tried too, as compression costs JSON. */
const PLAIN_TRIAL_BYTES = 262_144;
/** Below this the mark is a share of the file that counts, and a second run takes milliseconds. */
const SMALL_BYTES = 8192;

/** The smallest file of these settings. */
export async function build(start: SourceGlb, settings: Settings, options: BuildOptions): Promise<Built> {
  const { allowed, recipe, geometryBytes } = options;
  const plain: Layout = { compression: 'none', draco: false };
  const layouts = [...layoutsOf(allowed), ...(geometryBytes > PLAIN_TRIAL_BYTES ? [] : [plain])];
  const common = await goOn(begin(start), commonSteps(settings, options));
  let marked: OptimizedGlb | undefined;
  let unmarked: OptimizedGlb | undefined;
  for (const layout of layouts) {
    const made = await goOn(common, layoutSteps(settings, { allowed, layout }));
    marked = smaller(marked, finish(made, recipe));
    if (made.packed.byteLength < SMALL_BYTES) unmarked = smaller(unmarked, finishUnmarked(made));
  }
  if (marked === undefined) throw new Error('There is always a layout.');
  return { marked, unmarked };
}

function smaller(known: OptimizedGlb | undefined, one: OptimizedGlb): OptimizedGlb {
  return known !== undefined && known.glb.bytes.byteLength <= one.glb.bytes.byteLength ? known : one;
}
