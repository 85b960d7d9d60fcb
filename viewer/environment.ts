/** The light around every model: three's RoomEnvironment, filtered once (scripts/make-environment.ts) and kept in a file. */
import {
  CompressedCubeTexture,
  type CompressedTextureMipmap,
  HalfFloatType,
  LinearFilter,
  LinearMipmapLinearFilter,
  LinearSRGBColorSpace,
  RGBAFormat,
  type Texture,
} from 'three';

/** Edge of the largest cube face in pixels; each of the six levels halves it. */
export const ENVIRONMENT_FACE_PX = 256;
/** Levels in a PMREM of three 0.187: 256, 128, 64, 32, 16 and 8 px. */
export const ENVIRONMENT_LEVELS = 6;

// 1.0 as a half float. PMREM writes alpha 1 everywhere, so the file leaves it out.
const HALF_ONE = 0x3c00;

/** Pixels of one colour channel over all levels and faces. */
export const ENVIRONMENT_PIXELS = Array.from(
  { length: ENVIRONMENT_LEVELS },
  (_, level) => 6 * (ENVIRONMENT_FACE_PX >> level) ** 2,
).reduce((sum, pixels) => sum + pixels, 0);

/**
 * Splits RGBA half floats into planes that gzip packs well: per channel all high bytes, then all low bytes, each as
 * the difference to the pixel before.
 */
export function packEnvironment(rgba: Uint16Array): Uint8Array {
  const packed = new Uint8Array(ENVIRONMENT_PIXELS * 6);
  for (let channel = 0; channel < 3; channel++) {
    const plane = channel * 2 * ENVIRONMENT_PIXELS;
    let before = 0;
    for (let pixel = 0; pixel < ENVIRONMENT_PIXELS; pixel++) {
      const half = rgba[pixel * 4 + channel] ?? 0;
      const delta = (half - before) & 0xffff;
      packed[plane + pixel] = delta >> 8;
      packed[plane + ENVIRONMENT_PIXELS + pixel] = delta & 0xff;
      before = half;
    }
  }
  return packed;
}

/** Reads back what `packEnvironment` wrote: RGBA half floats, level by level, face by face. */
export function unpackEnvironment(packed: Uint8Array): Uint16Array {
  const rgba = new Uint16Array(ENVIRONMENT_PIXELS * 4).fill(HALF_ONE);
  for (let channel = 0; channel < 3; channel++) {
    const plane = channel * 2 * ENVIRONMENT_PIXELS;
    let half = 0;
    for (let pixel = 0; pixel < ENVIRONMENT_PIXELS; pixel++) {
      const delta = ((packed[plane + pixel] ?? 0) << 8) | (packed[plane + ENVIRONMENT_PIXELS + pixel] ?? 0);
      half = (half + delta) & 0xffff;
      rgba[pixel * 4 + channel] = half;
    }
  }
  return rgba;
}

/** Fetches the gzipped file and makes the texture for `scene.environment`. */
export async function loadEnvironment(url: string): Promise<Texture> {
  const response = await fetch(url);
  if (!response.ok || response.body === null) throw new Error(`environment: ${response.status}`);
  const bytes = await new Response(response.body.pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
  return environmentTexture(unpackEnvironment(new Uint8Array(bytes)));
}

function environmentTexture(rgba: Uint16Array): Texture {
  const faces = Array.from({ length: 6 }, () => ({
    mipmaps: [] as CompressedTextureMipmap[],
    width: ENVIRONMENT_FACE_PX,
    height: ENVIRONMENT_FACE_PX,
    format: RGBAFormat,
  }));
  let start = 0;
  for (let level = 0; level < ENVIRONMENT_LEVELS; level++) {
    const width = ENVIRONMENT_FACE_PX >> level;
    for (const face of faces) {
      const end = start + width * width * 4;
      face.mipmaps.push({ data: rgba.subarray(start, end), width, height: width });
      start = end;
    }
  }
  // The typings know only compressed formats here; the renderer uploads any format level by level, which is what we need.
  const texture: Texture = Reflect.construct(CompressedCubeTexture, [faces, RGBAFormat, HalfFloatType]);
  // isPMREMTexture is internal to three: the version is pinned, and a test compares this file with a PMREM made at run time.
  return Object.assign(texture, {
    minFilter: LinearMipmapLinearFilter,
    magFilter: LinearFilter,
    generateMipmaps: false,
    colorSpace: LinearSRGBColorSpace,
    isPMREMTexture: true,
    isRenderTargetTexture: true,
    needsUpdate: true,
  });
}
