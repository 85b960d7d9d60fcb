/** What a GLB is made of: its images by slot, its meshes and materials, and the bytes that each of them takes. */
import { readDataUri } from '../src/asset/data-uri.ts';
import { imagesOf, textureInfosOf } from '../src/asset/textures.ts';
import { type FileJson, openFile } from './glb-file.ts';
import { primitiveBytes, trianglesOf } from './glb-geometry.ts';
import { readImageHeader } from './image-header.ts';

/** One image. */
export interface ImagePart {
  readonly index: number;
  readonly name: string;
  /** Such as `baseColor`; several where materials use it in several ways. */
  readonly slots: readonly string[];
  readonly codec: string;
  readonly mimeType: string;
  readonly width: number;
  readonly height: number;
  readonly byteLength: number;
  /** With mip levels; KTX2 in blocks of one byte a texel. */
  readonly gpuByteLength: number;
  /** Empty when the file beside the GLB is not here. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** One mesh; its bytes are its share of what is stored. */
export interface MeshPart {
  readonly index: number;
  readonly name: string;
  readonly triangleCount: number;
  readonly byteLength: number;
  readonly primitives: readonly {
    readonly triangleCount: number;
    readonly byteLength: number;
    readonly material: number;
  }[];
}

/** One material; its bytes are those of its images, each counted in full. */
export interface MaterialPart {
  readonly index: number;
  readonly name: string;
  readonly triangleCount: number;
  readonly images: readonly number[];
  readonly byteLength: number;
}

/** A file taken apart. */
export interface Contents {
  readonly images: readonly ImagePart[];
  readonly meshes: readonly MeshPart[];
  readonly materials: readonly MaterialPart[];
  readonly nodeNames: readonly string[];
}

/** Takes a file apart; null when its container or JSON cannot be read. Broken references count nothing. */
export function readContents(
  bytes: Uint8Array<ArrayBuffer>,
  siblings: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
): Contents | null {
  const file = openFile(bytes);
  if (file === null) return null;
  const { json } = file;
  const images = imageParts(json, file.view, siblings);
  const shares = primitiveBytes(json);
  const meshes = (json.meshes ?? []).map((mesh, index): MeshPart => {
    const primitives = mesh.primitives.map((primitive) => ({
      triangleCount: trianglesOf(json, primitive),
      byteLength: Math.round(shares.get(primitive) ?? 0),
      material: primitive.material ?? -1,
    }));
    const sum = (key: 'triangleCount' | 'byteLength') => primitives.reduce((total, part) => total + part[key], 0);
    const name = mesh.name ?? `mesh ${index}`;
    return { index, name, triangleCount: sum('triangleCount'), byteLength: sum('byteLength'), primitives };
  });
  const materials = (json.materials ?? []).map((material, index): MaterialPart => {
    const used = textureInfosOf(material).flatMap(({ info }) => imagesOf(json.textures?.[info.index] ?? {}));
    const own = [...new Set(used)];
    const worn = meshes.flatMap(({ primitives }) => primitives).filter((primitive) => primitive.material === index);
    return {
      index,
      name: material.name ?? `material ${index}`,
      triangleCount: worn.reduce((total, primitive) => total + primitive.triangleCount, 0),
      images: own,
      byteLength: own.reduce((total, image) => total + (images[image]?.byteLength ?? 0), 0),
    };
  });
  return { images, meshes, materials, nodeNames: (json.nodes ?? []).map((node, i) => node.name ?? `node ${i}`) };
}

function imageParts(
  json: FileJson,
  viewOf: (index: number) => Uint8Array<ArrayBuffer> | undefined,
  siblings: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
): readonly ImagePart[] {
  const slots = new Map<number, Set<string>>();
  for (const material of json.materials ?? []) {
    for (const { slot, info } of textureInfosOf(material)) {
      for (const image of imagesOf(json.textures?.[info.index] ?? {})) {
        slots.set(image, (slots.get(image) ?? new Set()).add(slot.replace(/Texture$/, '')));
      }
    }
  }
  return (json.images ?? []).map((image, index): ImagePart => {
    const uri = image.uri ?? '';
    const found = image.bufferView === undefined ? (readDataUri(uri) ?? siblings.get(uri)) : viewOf(image.bufferView);
    const bytes = found ?? new Uint8Array(0);
    const header = readImageHeader(bytes);
    const texelBytes = header.codec === 'KTX2' ? 1 : 4;
    return {
      index,
      name: image.name || (uri.startsWith('data:') ? '' : uri) || `image ${index}`,
      slots: [...(slots.get(index) ?? [])],
      ...header,
      byteLength: bytes.byteLength,
      gpuByteLength: Math.round((header.width * header.height * texelBytes * 4) / 3),
      bytes,
    };
  });
}

/** The part of another file that is the same: of the same name, or in the same place. */
export function counterpart<T extends { readonly index: number; readonly name: string }>(
  part: T,
  others: readonly T[],
): T | null {
  const same = others[part.index];
  if (same?.name === part.name) return same;
  const named = others.filter((other) => other.name === part.name);
  return (named.length === 1 ? named[0] : same) ?? null;
}
