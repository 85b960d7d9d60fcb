/** The Draco codec of KHR_draco_mesh_compression: triangles and attributes in, one compressed block out, and back. */
import type { DecoderModule, DracoObject, EncoderModule, ExpertEncoder, MeshBuilder } from 'draco3dgltf';
import { type AccessorData, arrayOf, componentTypeOf, type TypedArray } from './accessors.ts';
import { readDracoClaim } from './draco-header.ts';

let modules: { readonly encoder: EncoderModule; readonly decoder: DecoderModule } | undefined;
let opening: Promise<void> | undefined;

/** Must be awaited once before anything is encoded or decoded. */
export function openDraco(): Promise<void> {
  opening ??= load().catch((thrown: unknown) => {
    // Whoever comes next may have more luck.
    opening = undefined;
    throw thrown;
  });
  return opening;
}

async function load(): Promise<void> {
  // Loaded for files that hold it or get it.
  const { default: draco3d } = await import('draco3dgltf');
  modules = { encoder: await draco3d.createEncoderModule(), decoder: await draco3d.createDecoderModule() };
}

function opened(): NonNullable<typeof modules> {
  if (modules === undefined) throw new Error('openDraco was not awaited.');
  return modules;
}

/** A grid that does not depend on the values: `origin` for each component, and `bits` steps of one width. */
export interface DracoGrid {
  readonly bits: number;
  readonly step: number;
  readonly origin: readonly number[];
}

/** One attribute to encode: on a grid, in so many bits of its own range, or exactly (null). */
export interface DracoInput {
  readonly semantic: string;
  readonly data: AccessorData;
  readonly bits: number | DracoGrid | null;
}

/** A compressed primitive, and the attribute ids that the extension object names. */
export interface DracoBlock {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ids: Readonly<Record<string, number>>;
  readonly vertexCount: number;
  readonly cornerCount: number;
}

/** How triangles are coded: `edgebreaker` is smaller, `sequential` keeps every corner, also of degenerate triangles. */
export type DracoMethod = 'edgebreaker' | 'sequential';

/**
 * How values are predicted from those before. 0 tries most, and is smallest as a rule; 4 looks at fewer neighbours, which suits
 * flat facets and seams. Decoding takes the same time.
 */
export type DracoSpeed = 0 | 1 | 2 | 4;

/**
 * Compresses triangles, at each of these speeds; the smallest block counts, of those that keep every corner if there are some.
 * Undefined when the encoder gives up. Equal input gives equal bytes.
 */
export function encodeDraco(
  indices: Uint32Array,
  inputs: readonly DracoInput[],
  method: DracoMethod,
  speeds: readonly DracoSpeed[] = [0],
): DracoBlock | undefined {
  const { encoder: module } = opened();
  const owned: DracoObject[] = [];
  const own = <T extends DracoObject>(object: T): T => {
    owned.push(object);
    return object;
  };
  try {
    const mesh = own(new module.Mesh());
    const builder = own(new module.MeshBuilder());
    const ids: Record<string, number> = {};
    for (const { semantic, data } of inputs) {
      const id = addAttribute(builder, mesh, kindOf(module, semantic, data), data);
      if (id < 0) return undefined;
      ids[semantic] = id;
    }
    builder.AddFacesToMesh(mesh, indices.length / 3, indices);
    // One mesh for all: to make it, and to find its equal vertices, takes as long as to encode it.
    const blocks = speeds.flatMap((speed) => {
      const encoder = own(new module.ExpertEncoder(mesh));
      for (const { semantic, data, bits } of inputs) quantize(encoder, ids[semantic] ?? -1, data, bits);
      encoder.SetSpeedOptions(speed, speed);
      encoder.SetTrackEncodedProperties(true);
      encoder.SetEncodingMethod(
        method === 'sequential' ? module.MESH_SEQUENTIAL_ENCODING : module.MESH_EDGEBREAKER_ENCODING,
      );
      const target = own(new module.DracoInt8Array());
      const byteLength = encoder.EncodeToDracoBuffer(true, target);
      const vertexCount = encoder.GetNumberOfEncodedPoints();
      const cornerCount = encoder.GetNumberOfEncodedFaces() * 3;
      return byteLength > 0 ? [{ target, byteLength, vertexCount, cornerCount }] : [];
    });
    const whole = blocks.filter(({ cornerCount }) => cornerCount === indices.length);
    const [first, ...others] = whole.length > 0 ? whole : blocks;
    if (first === undefined) return undefined;
    const least = others.reduce((least, block) => (block.byteLength < least.byteLength ? block : least), first);
    const bytes = new Uint8Array(least.byteLength);
    for (let i = 0; i < bytes.length; i++) bytes[i] = least.target.GetValue(i);
    return { bytes, ids, vertexCount: least.vertexCount, cornerCount: least.cornerCount };
  } finally {
    for (const object of owned.reverse()) module.destroy(object);
  }
}

function quantize(encoder: ExpertEncoder, id: number, { itemSize }: AccessorData, bits: DracoInput['bits']): void {
  if (typeof bits === 'number') encoder.SetAttributeQuantization(id, bits);
  else if (bits !== null)
    encoder.SetAttributeExplicitQuantization(id, bits.bits, itemSize, bits.origin, bits.step * (2 ** bits.bits - 1));
}

function kindOf(module: EncoderModule, semantic: string, { array }: AccessorData): number {
  if (semantic === 'POSITION') return module.POSITION;
  // Draco foretells normals as the octahedrons that it makes of floats; integers would come back as something else.
  if (semantic === 'NORMAL') return array instanceof Float32Array ? module.NORMAL : module.GENERIC;
  if (semantic.startsWith('COLOR_')) return module.COLOR;
  return semantic.startsWith('TEXCOORD_') ? module.TEX_COORD : module.GENERIC;
}

function addAttribute(
  builder: MeshBuilder,
  mesh: DracoObject,
  kind: number,
  { array, count, itemSize }: AccessorData,
): number {
  if (array instanceof Float32Array) return builder.AddFloatAttribute(mesh, kind, count, itemSize, array);
  if (array instanceof Uint32Array) return builder.AddUInt32Attribute(mesh, kind, count, itemSize, array);
  if (array instanceof Uint16Array) return builder.AddUInt16Attribute(mesh, kind, count, itemSize, array);
  if (array instanceof Int16Array) return builder.AddInt16Attribute(mesh, kind, count, itemSize, array);
  if (array instanceof Uint8Array) return builder.AddUInt8Attribute(mesh, kind, count, itemSize, array);
  return builder.AddInt8Attribute(mesh, kind, count, itemSize, array);
}

/** What a block's attribute decodes to: as its accessor says. */
export interface DracoOutput {
  readonly semantic: string;
  readonly id: number;
  readonly componentType: number;
  readonly itemSize: number;
  readonly normalized: boolean;
}

/** A decoded block. */
export interface DracoDecoded {
  readonly indices: Uint32Array<ArrayBuffer>;
  readonly attributes: ReadonlyMap<string, AccessorData>;
}

/** What a block may hold at most. */
export interface DracoLimits {
  readonly points: number;
  readonly corners: number;
}

const UNLIMITED: DracoLimits = { points: Number.POSITIVE_INFINITY, corners: Number.POSITIVE_INFINITY };

/** Decodes a block; throws what the decoder says when it is broken, and when it holds more than it may. */
export function decodeDraco(
  bytes: Uint8Array,
  outputs: readonly DracoOutput[],
  most: DracoLimits = UNLIMITED,
): DracoDecoded {
  const { decoder: module } = opened();
  const claim = readDracoClaim(bytes);
  if (claim !== undefined) checkAmounts(claim.pointCount, claim.faceCount * 3, most);
  const decoder = new module.Decoder();
  const mesh = new module.Mesh();
  try {
    const status = decoder.DecodeArrayToMesh(
      new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      bytes.byteLength,
      mesh,
    );
    if (!status.ok()) throw new Error(`Draco data cannot be decoded: ${status.error_msg()}`);
    const [points, corners] = [mesh.num_points(), mesh.num_faces() * 3];
    checkAmounts(points, corners, most);
    const indices = new Uint32Array(corners);
    copyOut(module, indices, (byteLength, target) => decoder.GetTrianglesUInt32Array(mesh, byteLength, target));
    const attributes = new Map<string, AccessorData>();
    for (const { semantic, id, componentType, itemSize, normalized } of outputs) {
      const array = arrayOf(componentType, mesh.num_points() * itemSize);
      const attribute = decoder.GetAttributeByUniqueId(mesh, id);
      if (attribute.ptr === 0) throw new Error(`Draco data has no attribute ${id} for ${semantic}.`);
      const type = dataTypeOf(module, array);
      copyOut(module, array, (byteLength, target) =>
        decoder.GetAttributeDataArrayForAllPoints(mesh, attribute, type, byteLength, target),
      );
      attributes.set(semantic, { array, itemSize, count: mesh.num_points(), normalized });
    }
    return { indices, attributes };
  } finally {
    module.destroy(mesh);
    module.destroy(decoder);
  }
}

// Gone with the file that they lie in.
const known = new WeakMap<ArrayBuffer, Map<string, DracoDecoded>>();

/** The same for a block of a file, which is checked, opened and compared: its bytes are never changed, and decoded once. */
export function decodeDracoOnce(
  bytes: Uint8Array<ArrayBuffer>,
  outputs: readonly DracoOutput[],
  most: DracoLimits = UNLIMITED,
): DracoDecoded {
  const ofFile = known.get(bytes.buffer) ?? new Map<string, DracoDecoded>();
  known.set(bytes.buffer, ofFile);
  const key = JSON.stringify([bytes.byteOffset, bytes.byteLength, outputs]);
  const decoded = ofFile.get(key) ?? decodeDraco(bytes, outputs, most);
  ofFile.set(key, decoded);
  const [first] = decoded.attributes.values();
  checkAmounts(first?.count ?? 0, decoded.indices.length, most);
  return decoded;
}

function checkAmounts(points: number, corners: number, most: DracoLimits): void {
  if (points > most.points) throw new Error(`Draco data has ${points} vertices; ${most.points} are declared.`);
  if (corners > most.corners) throw new Error(`Draco data has ${corners} indices; ${most.corners} are declared.`);
}

function copyOut(
  module: DecoderModule,
  array: TypedArray | Uint32Array<ArrayBuffer>,
  read: (byteLength: number, target: number) => boolean,
): void {
  if (array.byteLength === 0) return;
  const target = module._malloc(array.byteLength);
  try {
    if (!read(array.byteLength, target)) throw new Error('Draco data cannot be read out.');
    new Uint8Array(array.buffer).set(module.HEAPU8.subarray(target, target + array.byteLength));
  } finally {
    module._free(target);
  }
}

function dataTypeOf(module: DecoderModule, array: TypedArray): number {
  const types = {
    5120: module.DT_INT8,
    5121: module.DT_UINT8,
    5122: module.DT_INT16,
    5123: module.DT_UINT16,
    5125: module.DT_UINT32,
  } as const;
  const componentType = componentTypeOf(array);
  return componentType === 5126 ? module.DT_FLOAT32 : (types[componentType as keyof typeof types] ?? module.DT_FLOAT32);
}
