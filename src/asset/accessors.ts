/** Accessors as typed arrays (glTF 2.0, section 3.6): strides, sparse values and meshopt-compressed buffer views resolved. */
import type { GLTF } from '@gltf-transform/core';
import { MeshoptDecoder } from 'meshoptimizer/decoder';
import type { Gltf } from './glb.ts';

/** Any of the arrays an accessor can be read as. */
export type TypedArray =
  | Int8Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>;

/** One accessor, decoded and tightly packed: `array.length` is `count * itemSize`. Never changed in place. */
export interface AccessorData {
  readonly array: TypedArray;
  readonly itemSize: number;
  readonly count: number;
  readonly normalized: boolean;
}

/** Components per element of each accessor type. */
export const ITEM_SIZE = Object.freeze({ SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4, MAT2: 4, MAT3: 9, MAT4: 16 } as const);

/** glTF component types by name. */
export const COMPONENT = Object.freeze({
  BYTE: 5120,
  UNSIGNED_BYTE: 5121,
  SHORT: 5122,
  UNSIGNED_SHORT: 5123,
  UNSIGNED_INT: 5125,
  FLOAT: 5126,
} as const);

/** Bytes of one component. */
export function componentByteLength(componentType: number): number {
  if (componentType === COMPONENT.BYTE || componentType === COMPONENT.UNSIGNED_BYTE) return 1;
  if (componentType === COMPONENT.SHORT || componentType === COMPONENT.UNSIGNED_SHORT) return 2;
  return 4;
}

/** The component type that an array stands for. */
export function componentTypeOf(array: TypedArray): GLTF.AccessorComponentType {
  if (array instanceof Float32Array) return COMPONENT.FLOAT;
  if (array instanceof Uint32Array) return COMPONENT.UNSIGNED_INT;
  if (array instanceof Uint16Array) return COMPONENT.UNSIGNED_SHORT;
  if (array instanceof Int16Array) return COMPONENT.SHORT;
  return array instanceof Int8Array ? COMPONENT.BYTE : COMPONENT.UNSIGNED_BYTE;
}

/** A zeroed array of a component type. */
export function arrayOf(componentType: number, length: number): TypedArray {
  switch (componentType) {
    case COMPONENT.BYTE:
      return new Int8Array(length);
    case COMPONENT.UNSIGNED_BYTE:
      return new Uint8Array(length);
    case COMPONENT.SHORT:
      return new Int16Array(length);
    case COMPONENT.UNSIGNED_SHORT:
      return new Uint16Array(length);
    case COMPONENT.UNSIGNED_INT:
      return new Uint32Array(length);
    default:
      return new Float32Array(length);
  }
}

/** Bytes of one element in a buffer view, with the padding that matrix columns need (section 3.6.2.4). */
export function elementByteLength(accessor: GLTF.IAccessor): number {
  const component = componentByteLength(accessor.componentType);
  if (accessor.type === 'MAT2' && component === 1) return 8;
  if (accessor.type === 'MAT3' && component < 4) return component === 1 ? 12 : 24;
  return ITEM_SIZE[accessor.type] * component;
}

/** The two spellings of the meshopt extension; both carry the same fields. */
export const MESHOPT_EXTENSIONS = Object.freeze(['EXT_meshopt_compression', 'KHR_meshopt_compression'] as const);

/** The fields of a meshopt-compressed buffer view. [KhronosGroup/glTF extensions/2.0/Vendor/EXT_meshopt_compression] */
export interface MeshoptView {
  readonly buffer: number;
  readonly byteOffset?: number;
  readonly byteLength: number;
  readonly byteStride: number;
  readonly count: number;
  readonly mode: 'ATTRIBUTES' | 'TRIANGLES' | 'INDICES';
  readonly filter?: 'NONE' | 'OCTAHEDRAL' | 'QUATERNION' | 'EXPONENTIAL' | 'COLOR';
}

/** The meshopt fields of a buffer view, if it is compressed. */
export function meshoptViewOf(view: GLTF.IBufferView): MeshoptView | undefined {
  for (const name of MESHOPT_EXTENSIONS) {
    const fields = view.extensions?.[name];
    if (fields !== undefined) return fields as MeshoptView;
  }
  return undefined;
}

/** Must be awaited once before anything meshopt-compressed is read. */
export const accessorsReady: Promise<unknown> = MeshoptDecoder.ready;

/** Reads one file's accessors, each buffer view decoded once. The file must have passed `conform`. */
export class AccessorReader {
  readonly #json: Gltf;
  readonly #bin: Uint8Array<ArrayBuffer>;
  readonly #views = new Map<number, Uint8Array<ArrayBuffer>>();

  constructor(json: Gltf, bin: Uint8Array<ArrayBuffer>) {
    this.#json = json;
    this.#bin = bin;
  }

  /** The bytes of a buffer view, decompressed. */
  view(index: number): Uint8Array<ArrayBuffer> {
    const known = this.#views.get(index);
    if (known !== undefined) return known;
    const bytes = this.#decodeView(index);
    this.#views.set(index, bytes);
    return bytes;
  }

  #decodeView(index: number): Uint8Array<ArrayBuffer> {
    const view = this.#json.bufferViews?.[index];
    if (view === undefined) throw new RangeError(`There is no buffer view ${index}.`);
    const packed = meshoptViewOf(view);
    if (packed === undefined) {
      const offset = view.byteOffset ?? 0;
      return this.#bin.subarray(offset, offset + view.byteLength);
    }
    const offset = packed.byteOffset ?? 0;
    const target = new Uint8Array(packed.count * packed.byteStride);
    const source = this.#bin.subarray(offset, offset + packed.byteLength);
    MeshoptDecoder.decodeGltfBuffer(
      target,
      packed.count,
      packed.byteStride,
      source,
      packed.mode,
      packed.filter ?? 'NONE',
    );
    return target;
  }

  /** One accessor; zeros where it has no buffer view. */
  read(index: number): AccessorData {
    const accessor = this.#json.accessors?.[index];
    if (accessor === undefined) throw new RangeError(`There is no accessor ${index}.`);
    const itemSize = ITEM_SIZE[accessor.type];
    const array = this.#dense(accessor, itemSize);
    if (accessor.sparse !== undefined) this.#applySparse(array, accessor.sparse, itemSize, accessor);
    return { array, itemSize, count: accessor.count, normalized: accessor.normalized ?? false };
  }

  #dense(accessor: GLTF.IAccessor, itemSize: number): TypedArray {
    const array = arrayOf(accessor.componentType, accessor.count * itemSize);
    if (accessor.bufferView === undefined) return array;
    const stride = this.#json.bufferViews?.[accessor.bufferView]?.byteStride ?? elementByteLength(accessor);
    copyStrided(this.view(accessor.bufferView), accessor.byteOffset ?? 0, stride, accessor, array);
    return array;
  }

  /** Which elements a sparse accessor sets. */
  sparseIndices({ count, indices: { byteOffset, bufferView, componentType } }: GLTF.IAccessorSparse): TypedArray {
    const indices = arrayOf(componentType, count);
    const layout = { type: 'SCALAR', count, componentType } as const;
    copyStrided(this.view(bufferView), byteOffset ?? 0, componentByteLength(componentType), layout, indices);
    return indices;
  }

  #applySparse(array: TypedArray, sparse: GLTF.IAccessorSparse, itemSize: number, accessor: GLTF.IAccessor): void {
    const indices = this.sparseIndices(sparse);
    const values = arrayOf(accessor.componentType, sparse.count * itemSize);
    const valueStride = elementByteLength(accessor);
    const valueView = this.view(sparse.values.bufferView);
    copyStrided(valueView, sparse.values.byteOffset ?? 0, valueStride, { ...accessor, count: sparse.count }, values);
    for (let i = 0; i < sparse.count; i++) {
      const at = indices[i] ?? 0;
      for (let c = 0; c < itemSize; c++) array[at * itemSize + c] = values[i * itemSize + c] ?? 0;
    }
  }
}

type Layout = Pick<GLTF.IAccessor, 'componentType' | 'type' | 'count'>;

/** Copies `count` elements out of strided bytes; matrices lose their column padding. */
function copyStrided(
  source: Uint8Array<ArrayBuffer>,
  byteOffset: number,
  stride: number,
  layout: Layout,
  target: TypedArray,
): void {
  const component = componentByteLength(layout.componentType);
  const itemSize = ITEM_SIZE[layout.type];
  const out = new Uint8Array(target.buffer);
  const width = itemSize * component;
  const columns = paddedColumns(layout);
  if (columns === undefined && stride === width) {
    out.set(source.subarray(byteOffset, byteOffset + layout.count * width));
    return;
  }
  for (let i = 0; i < layout.count; i++) {
    const from = byteOffset + i * stride;
    if (columns === undefined) {
      for (let b = 0; b < width; b++) out[i * width + b] = source[from + b] ?? 0;
      continue;
    }
    const columnBytes = columns * component;
    for (let b = 0; b < width; b++) {
      out[i * width + b] = source[from + Math.floor(b / columnBytes) * padColumn(columnBytes) + (b % columnBytes)] ?? 0;
    }
  }
}

function paddedColumns(layout: Layout): number | undefined {
  const component = componentByteLength(layout.componentType);
  if (layout.type === 'MAT2' && component === 1) return 2;
  if (layout.type === 'MAT3' && component < 4) return 3;
  return undefined;
}

function padColumn(byteLength: number): number {
  return (byteLength + 3) & ~3;
}

/** The value of one component as loaders see it: normalized integers become -1..1 or 0..1 (section 3.6.2.2). */
export function denormalize(value: number, componentType: number): number {
  switch (componentType) {
    case COMPONENT.BYTE:
      return Math.max(value / 127, -1);
    case COMPONENT.UNSIGNED_BYTE:
      return value / 255;
    case COMPONENT.SHORT:
      return Math.max(value / 32767, -1);
    case COMPONENT.UNSIGNED_SHORT:
      return value / 65535;
    default:
      return value;
  }
}

/** The largest number; -1 when there is none above. */
export function maxOf(array: TypedArray): number {
  let max = -1;
  for (const value of array) if (value > max) max = value;
  return max;
}

/** An accessor's values as loaders see them, as floats. */
export function toFloats(data: AccessorData): Float32Array<ArrayBuffer> {
  if (data.array instanceof Float32Array) return data.array;
  const floats = new Float32Array(data.array);
  if (!data.normalized) return floats;
  const componentType = componentTypeOf(data.array);
  // A plain loop: clips have millions of keys.
  for (let i = 0; i < floats.length; i++) floats[i] = denormalize(data.array[i] ?? 0, componentType);
  return floats;
}
