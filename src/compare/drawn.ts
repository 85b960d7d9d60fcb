/** What a primitive draws, however it is stored. */
import type { GLTF } from '@gltf-transform/core';
import { ITEM_SIZE, type TypedArray, toFloats } from '../asset/accessors.ts';
import { type DracoDecoded, decodeDracoOnce } from '../asset/draco.ts';
import { digestOf } from '../asset/glb.ts';
import { dracoOf } from '../optimize/workpiece.ts';
import type { Floats } from './floats.ts';
import type { Column } from './moments.ts';

/** Attributes by name, morph targets as `0 POSITION`, and the corners that name vertices. */
export interface Drawn {
  readonly columns: ReadonlyMap<string, Column>;
  readonly corners?: TypedArray | Uint32Array;
}

/** Blocks by what is in them: one that was passed on is decoded once. */
export type DracoCache = Map<string, DracoDecoded | undefined>;

/** Undefined for Draco data that cannot be decoded. */
export function drawnOf(file: Floats, primitive: GLTF.IMeshPrimitive, cache: DracoCache): Drawn | undefined {
  const draco = dracoOf(primitive);
  const decoded = draco === undefined ? undefined : decodedOf(file, primitive, cache);
  if (draco !== undefined && decoded === undefined) return undefined;
  const columns = new Map<string, Column>();
  for (const [semantic, accessor] of Object.entries(primitive.attributes)) {
    const data = decoded?.attributes.get(semantic);
    if (data !== undefined) columns.set(semantic, { values: toFloats(data), itemSize: data.itemSize });
    // The names in the block are what counts: an accessor without data is zeros to some loaders and nothing to others.
    else if (draco === undefined || file.glb.json.accessors?.[accessor]?.bufferView !== undefined)
      columns.set(semantic, { values: file.of(accessor), itemSize: file.itemSize(accessor) });
  }
  for (const [t, target] of (primitive.targets ?? []).entries()) {
    for (const [semantic, accessor] of Object.entries(target))
      columns.set(`${t} ${semantic}`, { values: file.of(accessor), itemSize: file.itemSize(accessor) });
  }
  if (decoded !== undefined) return { columns, corners: decoded.indices };
  return primitive.indices === undefined
    ? { columns }
    : { columns, corners: file.reader.read(primitive.indices).array };
}

function decodedOf(file: Floats, primitive: GLTF.IMeshPrimitive, cache: DracoCache): DracoDecoded | undefined {
  const draco = dracoOf(primitive);
  if (draco === undefined) return undefined;
  const outputs = Object.entries(draco.attributes).flatMap(([semantic, id]) => {
    const accessor = file.glb.json.accessors?.[primitive.attributes[semantic] ?? -1];
    if (accessor === undefined) return [];
    const { componentType, normalized = false } = accessor;
    return [{ semantic, id, componentType, itemSize: ITEM_SIZE[accessor.type], normalized }];
  });
  const bytes = file.reader.view(draco.bufferView);
  const key = JSON.stringify([digestOf(bytes), outputs]);
  if (!cache.has(key))
    cache.set(
      key,
      tryDecode(() => decodeDracoOnce(bytes, outputs)),
    );
  return cache.get(key);
}

function tryDecode(decode: () => DracoDecoded): DracoDecoded | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}
