/** Kernels that store values in fewer bits: floats in, a stream with exactly the values that a loader will see out. */
import { MeshoptDecoder } from 'meshoptimizer/decoder';
import { MeshoptEncoder } from 'meshoptimizer/encoder';
import type { MeshoptFilter, Stream } from './workpiece.ts';

type Floats = Float32Array<ArrayBuffer>;

/**
 * Floats rounded to multiples of a power of two, stored as mantissas under one exponent (filter EXPONENTIAL). They stay
 * floats for the loader: no node or material has to change, which integer positions would demand.
 * The error is at most half of `step`. Undefined when a value is out of reach (24 bits) or not finite.
 */
export function toFixedExponent(values: Floats, itemSize: number, step: number): Stream | undefined {
  const exponent = Math.floor(Math.log2(step));
  if (!Number.isFinite(exponent) || exponent < -100 || exponent > 100) return undefined;
  const unit = 2 ** exponent;
  const words = new Int32Array(values.length);
  const array = new Float32Array(values.length);
  for (const [i, value] of values.entries()) {
    const mantissa = Math.round(value / unit);
    if (!(Math.abs(mantissa) < 2 ** 23)) return undefined;
    words[i] = (exponent << 24) | (mantissa & 0xffffff);
    array[i] = mantissa * unit;
  }
  const filtered = { filter: 'EXPONENTIAL', byteStride: itemSize * 4, bytes: new Uint8Array(words.buffer) } as const;
  return { array, itemSize, count: values.length / itemSize, normalized: false, filtered };
}

/** Unit vectors (VEC3 normals, VEC4 tangents with ±1) as normalized bytes or shorts, octahedral under compression. */
export function toOctahedral(values: Floats, itemSize: 3 | 4, bits: number): Stream | undefined {
  const count = values.length / itemSize;
  if (!areUnit(values, itemSize, 3)) return undefined;
  const four = new Float32Array(count * 4);
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < 4; c++) four[i * 4 + c] = c < itemSize ? (values[i * itemSize + c] ?? 0) : 0;
  }
  const byteStride = bits <= 8 ? 4 : 8;
  const bytes = ownBytes(MeshoptEncoder.encodeFilterOct(four, count, byteStride, bits));
  const decoded = unfilter(bytes, count, byteStride, 'OCTAHEDRAL');
  const all = bits <= 8 ? new Int8Array(decoded.buffer) : new Int16Array(decoded.buffer);
  return {
    array: narrow(all, 4, itemSize),
    itemSize,
    count,
    normalized: true,
    filtered: { filter: 'OCTAHEDRAL', byteStride, bytes },
  };
}

/** Rotations as normalized shorts (filter QUATERNION), 4 to 16 bits for each component. */
export function toQuaternions(values: Floats, bits: number): Stream | undefined {
  const count = values.length / 4;
  if (!areUnit(values, 4, 4)) return undefined;
  const bytes = ownBytes(MeshoptEncoder.encodeFilterQuat(values, count, 8, bits));
  const array = new Int16Array(unfilter(bytes, count, 8, 'QUATERNION').buffer);
  return { array, itemSize: 4, count, normalized: true, filtered: { filter: 'QUATERNION', byteStride: 8, bytes } };
}

/** Values from -1 to 1 as normalized signed integers of 8 or 16 bits, without a filter. */
export function toSigned(values: Floats, itemSize: number, bits: 8 | 16): Stream | undefined {
  const scale = bits === 8 ? 127 : 32767;
  if (values.some((value) => !(Math.abs(value) <= 1.000001))) return undefined;
  const array = bits === 8 ? new Int8Array(values.length) : new Int16Array(values.length);
  for (const [i, value] of values.entries()) array[i] = Math.round(value * scale);
  return { array, itemSize, count: values.length / itemSize, normalized: true };
}

/** Values from 0 to 1 as normalized unsigned integers of 8 or 16 bits. */
export function toUnsigned(values: Floats, itemSize: number, bits: 8 | 16): Stream | undefined {
  const scale = bits === 8 ? 255 : 65535;
  if (values.some((value) => !(value >= 0 && value <= 1.000001))) return undefined;
  const array = bits === 8 ? new Uint8Array(values.length) : new Uint16Array(values.length);
  for (const [i, value] of values.entries()) array[i] = Math.round(value * scale);
  return { array, itemSize, count: values.length / itemSize, normalized: true };
}

/** Skin weights as normalized bytes or shorts whose sum stays what it was: the largest takes the rounding (glTF 2.0, section 3.7.3.3). */
export function toWeights(values: Floats, itemSize: number, bits: 8 | 16): Stream | undefined {
  const stream = toUnsigned(values, itemSize, bits);
  if (stream === undefined) return undefined;
  const scale = bits === 8 ? 255 : 65535;
  const { array } = stream;
  for (let v = 0; v < stream.count; v++) {
    let sum = 0;
    let exact = 0;
    let largest = v * itemSize;
    for (let c = v * itemSize; c < (v + 1) * itemSize; c++) {
      sum += array[c] ?? 0;
      exact += values[c] ?? 0;
      if ((array[c] ?? 0) > (array[largest] ?? 0)) largest = c;
    }
    const corrected = (array[largest] ?? 0) + Math.round(exact * scale) - sum;
    if (corrected < 0 || corrected > scale) return undefined;
    array[largest] = corrected;
  }
  return stream;
}

/** True when each vector's first `length` components have length 1, within half a percent. */
export function areUnit(values: Floats, itemSize: number, length: number): boolean {
  for (let i = 0; i < values.length; i += itemSize) {
    let square = 0;
    for (let c = 0; c < length; c++) square += (values[i + c] ?? 0) ** 2;
    if (!(Math.abs(square - 1) < 0.01)) return false;
  }
  return true;
}

/** What a loader gets back from filtered bytes: asked of the decoder itself, not computed a second way. */
function unfilter(
  bytes: Uint8Array,
  count: number,
  byteStride: number,
  filter: MeshoptFilter,
): Uint8Array<ArrayBuffer> {
  const target = new Uint8Array(count * byteStride);
  const encoded = MeshoptEncoder.encodeVertexBuffer(bytes, count, byteStride);
  MeshoptDecoder.decodeVertexBuffer(target, count, byteStride, encoded, filter);
  return target;
}

function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes);
}

function narrow<T extends Int8Array<ArrayBuffer> | Int16Array<ArrayBuffer>>(all: T, from: number, to: number): T {
  if (from === to) return all;
  return all.filter((_value, i) => i % from < to) as T;
}
