/** Bytes -> what is known of a file, before anything is changed. */
import { accessorsReady } from './asset/accessors.ts';
import { conform } from './asset/conform.ts';
import { checkData } from './asset/data.ts';
import { type Gltf, readGlb, type SourceGlb } from './asset/glb.ts';
import { LIMITS, type Limits } from './asset/limits.ts';
import { type Measured, type MeasuredImage, measure } from './asset/measure.ts';
import { imagesOf } from './asset/textures.ts';
import { validate } from './asset/validate.ts';
import { type Finding, finding, pointer } from './finding.ts';
import { formatCount } from './units.ts';

/** A file that may be processed, with everything we noticed in it. */
export interface InspectedGlb extends Measured {
  readonly kind: 'inspected';
  readonly source: SourceGlb;
  /** The Khronos validator's findings. */
  readonly validation: readonly Finding[];
}

/** A file that is left as it is, with the reasons. */
export interface Refused {
  readonly kind: 'refused';
  readonly findings: readonly Finding[];
}

/** A file whose container and JSON are sound; nothing of it is decoded yet. */
export interface OpenedGlb {
  readonly kind: 'opened';
  readonly source: SourceGlb;
  readonly findings: readonly Finding[];
}

/** Opens a file under suspicion. */
export function openGlb(bytes: Uint8Array<ArrayBuffer>, limits: Limits): OpenedGlb | Refused {
  const source = readGlb(bytes, limits);
  if (!('json' in source)) return { kind: 'refused', findings: source };
  const findings = conform(source, limits);
  const isSound = findings.every(({ severity }) => severity !== 'error');
  return isSound ? { kind: 'opened', source, findings } : { kind: 'refused', findings };
}

/** Opens, checks and measures. External images come in `siblings`, by uri. */
export async function inspect(
  bytes: Uint8Array<ArrayBuffer>,
  siblings: ReadonlyMap<string, Uint8Array>,
  limits: Limits = LIMITS,
): Promise<InspectedGlb | Refused> {
  const opened = openGlb(bytes, limits);
  return opened.kind === 'refused' ? opened : inspectOpened(opened, siblings, limits);
}

/** Checks what only decoding shows, and measures. */
export async function inspectOpened(
  { source: opened, findings }: OpenedGlb,
  siblings: ReadonlyMap<string, Uint8Array>,
  limits: Limits,
): Promise<InspectedGlb | Refused> {
  await accessorsReady;
  const data = await checkData(opened);
  if (data.length > 0) return { kind: 'refused', findings: data };
  const measured = await measure(opened, siblings);
  const images = checkImages(opened.json, measured.images, limits);
  if (images.some(({ severity }) => severity === 'error')) return { kind: 'refused', findings: images };
  const validation = await validate(opened);
  return { kind: 'inspected', source: opened, ...measured, validation: [...findings, ...images, ...validation] };
}

/** What the images claim. One that no texture of ours shows may be of a kind that an unknown extension reads. */
function checkImages(json: Gltf, images: readonly MeasuredImage[], limits: Limits): readonly Finding[] {
  const shown = new Set((json.textures ?? []).flatMap(imagesOf));
  const findings: Finding[] = [];
  let pixelSum = 0;
  for (const { index, size, byteLength } of images) {
    const at = pointer('images', index);
    if (size === undefined && byteLength > 0) {
      const fate = shown.has(index) ? 'error' : 'warning';
      findings.push(
        finding('IMAGE_UNREADABLE', at, 'The image is no PNG, JPEG, WebP, AVIF or KTX2 that can be read.', fate),
      );
    }
    const pixels = size === undefined ? 0 : size.width * size.height;
    pixelSum += pixels;
    if (pixels > limits.imagePixels) findings.push(tooManyPixels(at, 'The image declares', pixels, limits.imagePixels));
  }
  if (pixelSum > limits.imagePixelSum)
    findings.push(tooManyPixels('/images', 'The images together declare', pixelSum, limits.imagePixelSum));
  return findings.slice(0, MOST_IMAGE_FINDINGS);
}

/** The first ones say it all. */
const MOST_IMAGE_FINDINGS = 50;

function tooManyPixels(at: string, what: string, pixels: number, limit: number): Finding {
  return finding('LIMIT_PIXELS', at, `${what} ${formatCount(pixels)} pixels; the limit is ${formatCount(limit)}.`);
}
