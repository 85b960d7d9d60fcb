/** A file -> its statistics. Counts what is drawn, and what the GPU will hold. */
import type { GLTF } from '@gltf-transform/core';
import { AccessorReader, ITEM_SIZE } from './accessors.ts';
import { readDataUri } from './data-uri.ts';
import type { SourceGlb } from './glb.ts';
import { imageSize, sniffImage } from './image-size.ts';
import { instanceAttributesOf } from './roles.ts';
import type { AssetStats } from './stats.ts';

/** The size and kind of one image, external ones included; undefined where its header cannot be read. */
export interface MeasuredImage {
  readonly index: number;
  readonly byteLength: number;
  readonly mimeType: string | undefined;
  readonly size: { readonly width: number; readonly height: number } | undefined;
}

/** Statistics and the images behind them. */
export interface Measured {
  readonly stats: AssetStats;
  readonly images: readonly MeasuredImage[];
}

/** Measures a conforming file. `siblings` are its external images by uri; `loadTimeMs` comes later, from the viewer. */
export async function measure(source: SourceGlb, siblings: ReadonlyMap<string, Uint8Array>): Promise<Measured> {
  const { json } = source;
  const images = await measureImages(source, siblings);
  const drawn = countDrawn(source);
  const stats: AssetStats = {
    byteLength: source.bytes.byteLength,
    gpuByteLength: geometryByteLength(source) + images.reduce((sum, image) => sum + textureByteLength(image), 0),
    ...drawn,
    nodeCount: json.nodes?.length ?? 0,
    meshCount: json.meshes?.length ?? 0,
    materialCount: json.materials?.length ?? 0,
    textureCount: json.textures?.length ?? 0,
    textureByteLength: images.reduce((sum, image) => sum + image.byteLength, 0),
    animationCount: json.animations?.length ?? 0,
    extensionsUsed: [...(json.extensionsUsed ?? [])].sort(),
    extensionsRequired: [...(json.extensionsRequired ?? [])].sort(),
    loadTimeMs: null,
  };
  return { stats, images };
}

async function measureImages(
  { json, bin }: SourceGlb,
  siblings: ReadonlyMap<string, Uint8Array>,
): Promise<readonly MeasuredImage[]> {
  const reader = new AccessorReader(json, bin);
  return Promise.all(
    (json.images ?? []).map(async (image, index) => {
      const { bufferView, uri = '' } = image;
      const bytes = bufferView !== undefined ? reader.view(bufferView) : (readDataUri(uri) ?? siblings.get(uri));
      if (bytes === undefined) return { index, byteLength: 0, mimeType: image.mimeType, size: undefined };
      return { index, byteLength: bytes.byteLength, mimeType: sniffImage(bytes), size: imageSize(bytes) };
    }),
  );
}

/** Decoded with a full mip chain, which adds a third: 4 bytes a texel; KTX2 becomes blocks of 1 byte a texel (BC7, ASTC 4×4). */
function textureByteLength({ size, mimeType }: MeasuredImage): number {
  if (size === undefined) return 0;
  const texelBytes = mimeType === 'image/ktx2' ? 1 : 4;
  return Math.round((size.width * size.height * texelBytes * 4) / 3);
}

/** Vertex and index data, each accessor once. */
function geometryByteLength({ json }: SourceGlb): number {
  const used = new Set<number>();
  for (const primitive of (json.meshes ?? []).flatMap((mesh) => mesh.primitives)) {
    for (const set of [primitive.attributes, ...(primitive.targets ?? [])])
      for (const index of Object.values(set)) used.add(index);
    if (primitive.indices !== undefined) used.add(primitive.indices);
  }
  let sum = 0;
  for (const index of used) {
    const accessor = json.accessors?.[index];
    if (accessor !== undefined) sum += accessor.count * ITEM_SIZE[accessor.type] * bytesOf(accessor);
  }
  return sum;
}

function bytesOf({ componentType }: GLTF.IAccessor): number {
  return componentType <= 5121 ? 1 : componentType <= 5123 ? 2 : 4;
}

function countDrawn({ json }: SourceGlb): Pick<AssetStats, 'triangleCount' | 'vertexCount' | 'drawCallCount'> {
  const drawn = { triangleCount: 0, vertexCount: 0, drawCallCount: 0 };
  for (const node of json.nodes ?? []) {
    const mesh = node.mesh === undefined ? undefined : json.meshes?.[node.mesh];
    const instances = instanceCountOf(json.accessors ?? [], node);
    for (const primitive of mesh?.primitives ?? []) {
      const vertexCount = json.accessors?.[Object.values(primitive.attributes)[0] ?? -1]?.count ?? 0;
      const cornerCount =
        primitive.indices === undefined ? vertexCount : (json.accessors?.[primitive.indices]?.count ?? 0);
      drawn.triangleCount += instances * trianglesOf(primitive.mode ?? 4, cornerCount);
      drawn.vertexCount += instances * vertexCount;
      drawn.drawCallCount += 1;
    }
  }
  return drawn;
}

function instanceCountOf(accessors: readonly GLTF.IAccessor[], node: GLTF.INode): number {
  const attribute = Object.values(instanceAttributesOf(node))[0];
  return attribute === undefined ? 1 : (accessors[attribute]?.count ?? 1);
}

function trianglesOf(mode: number, cornerCount: number): number {
  if (mode === 4) return Math.floor(cornerCount / 3);
  return mode === 5 || mode === 6 ? Math.max(cornerCount - 2, 0) : 0;
}
