/** Documents for property tests: every attribute type, mode, storage, tree and animation that glTF allows, from small choices. */
import type { GLTF } from '@gltf-transform/core';
import fc from 'fast-check';
import { arrayOf, COMPONENT, type TypedArray } from '../../src/asset/accessors.ts';
import type { SourceGlb } from '../../src/asset/glb.ts';
import { type AccessorOptions, type Bench, random, startGlb } from '../make-glb.ts';
import { addClips, clip, floats } from './generated-clips.ts';

const mesh = fc.record({
  mode: fc.constantFrom(4, 4, 4, 4, 0, 1, 2, 3, 5, 6),
  triangles: fc.integer({ min: 1, max: 40 }),
  index: fc.constantFrom('none', 'byte', 'short', 'int'),
  storage: fc.constantFrom('apart', 'apart', 'interleaved', 'sparse', 'shared'),
  doubled: fc.boolean(),
  normal: fc.constantFrom('none', 'float', 'float', 'byte', 'zero'),
  tangent: fc.boolean(),
  uv: fc.constantFrom('none', 'float', 'float', 'wide', 'byte', 'short'),
  color: fc.constantFrom('none', 'vec3', 'vec4', 'bytes', 'shorts', 'eighths'),
  custom: fc.constantFrom('none', 'scalar', 'shorts'),
  morphs: fc.integer({ min: 0, max: 2 }),
  blend: fc.boolean(),
  far: fc.constantFrom(0, 0, 1000),
  scale: fc.constantFrom(1, 0.001, 250),
  skinned: fc.constantFrom('no', 'no', 'float', 'byte', 'two sets'),
});
/** The choices behind one document. fast-check shrinks them. */
export const choices = fc.record({
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  meshes: fc.array(mesh, { minLength: 1, maxLength: 3 }),
  clips: fc.array(fc.array(clip, { minLength: 1, maxLength: 3 }), { maxLength: 2 }),
  extras: fc.boolean(),
  unknown: fc.boolean(),
  variants: fc.boolean(),
  instanced: fc.boolean(),
  picture: fc.boolean(),
  scenes: fc.integer({ min: 1, max: 2 }),
});
/** The choices behind one document. */
export type Choices = typeof choices extends fc.Arbitrary<infer T> ? T : never;
type MeshChoice = Choices['meshes'][number];

/** Builds the document. `image` is what its texture shows. */
export function generate(chosen: Choices, image: Uint8Array): SourceGlb {
  const next = random(chosen.seed);
  const bench = startGlb();
  const { json } = bench;
  const extras = (value: object): object => (chosen.extras ? { extras: { ...value, 'ключ/~': [1.5, null, 'x'] } } : {});
  const uses = new Set<string>();
  const required = new Set<string>();
  json.materials = chosen.meshes.map((one, m) => ({
    name: `material ${m}`,
    alphaMode: one.blend ? 'BLEND' : 'OPAQUE',
    ...extras({ material: m }),
    pbrMetallicRoughness: {
      metallicFactor: 0.123456789,
      ...(chosen.picture && one.uv !== 'none' ? { baseColorTexture: { index: 0, texCoord: 0 } } : {}),
    },
    extensions: { KHR_materials_clearcoat: { clearcoatFactor: 0.3 } },
  })) as GLTF.IMaterial[];
  uses.add('KHR_materials_clearcoat');
  if (chosen.picture) json.textures = [{ source: bench.image(image, 'image/png', { name: 'noise' }), sampler: 0 }];
  if (chosen.picture) json.samplers = [{ wrapS: 33071, magFilter: 9728 }];
  let last: Record<string, number> | undefined;
  json.meshes = chosen.meshes.map((one, m) => {
    const shared = one.storage === 'shared' ? last : undefined;
    const vertexCount = shared === undefined ? one.triangles * 3 : (json.accessors?.[shared.POSITION ?? 0]?.count ?? 0);
    const attributes = shared ?? addAttributes(bench, one, vertexCount, next);
    if (one.normal === 'byte') required.add('KHR_mesh_quantization');
    last = attributes;
    const targets = Array.from({ length: one.morphs }, () => ({
      POSITION: bench.accessor(
        'VEC3',
        floats(vertexCount * 3, () => (next() - 0.5) * one.scale),
        VERTEX,
      ),
    }));
    const primitive: GLTF.IMeshPrimitive = { attributes, mode: one.mode as GLTF.MeshPrimitiveMode, material: m };
    if (one.index !== 'none') primitive.indices = bench.accessor('SCALAR', indicesOf(one, vertexCount, next));
    if (targets.length > 0) primitive.targets = targets;
    if (chosen.variants)
      primitive.extensions = { KHR_materials_variants: { mappings: [{ material: 0, variants: [m % 2] }] } };
    return { name: `mesh ${m}`, primitives: [primitive], ...extras({ mesh: m }) } as GLTF.IMesh;
  });
  if (chosen.variants) {
    uses.add('KHR_materials_variants');
    json.extensions = { KHR_materials_variants: { variants: [{ name: 'a' }, { name: 'b' }] } };
  }
  addNodes(bench, chosen, next, extras, uses);
  addClips(bench, chosen.clips, next);
  json.cameras = [{ name: 'eye', type: 'orthographic', orthographic: { xmag: 1, ymag: 2, znear: 0, zfar: 9 } }];
  if (chosen.unknown) {
    uses.add('ACME_thing');
    json.extensions = {
      ...json.extensions,
      ACME_thing: { accessor: 1, view: 0, note: 'π', deep: [[1.25e-7, { x: null }]] },
    };
  }
  Object.assign(json, extras({ root: true }));
  json.extensionsUsed = [...uses, ...required];
  if (required.size > 0) json.extensionsRequired = [...required];
  return bench.source();
}

const BONES = [0, 1, 2, 3, 4, 5];
const VERTEX = { vertex: true, bounds: true } as const;

/** Positions on a coarse grid, so that neighbours stay apart whatever is rounded. */
function addAttributes(bench: Bench, one: MeshChoice, vertexCount: number, next: () => number): Record<string, number> {
  const parts: [string, GLTF.AccessorType, TypedArray, AccessorOptions][] = [];
  // Doubled vertices are equal in everything, so that welding finds something.
  const kind = Uint32Array.from({ length: vertexCount }, (_, v) => (one.doubled ? v % Math.ceil(vertexCount / 2) : v));
  const add = (
    name: string,
    type: GLTF.AccessorType,
    size: number,
    like: TypedArray,
    value: (v: number) => readonly number[],
    options: AccessorOptions = VERTEX,
  ): void => {
    const values = Array.from({ length: vertexCount }, (_, v) => value(v));
    const array = arrayOf(
      like instanceof Float32Array
        ? COMPONENT.FLOAT
        : like instanceof Int8Array
          ? COMPONENT.BYTE
          : like instanceof Uint16Array
            ? COMPONENT.UNSIGNED_SHORT
            : COMPONENT.UNSIGNED_BYTE,
      vertexCount * size,
    );
    for (let v = 0; v < vertexCount; v++) array.set(values[kind[v] ?? 0] ?? [], v * size);
    parts.push([name, type, array, options]);
  };
  const [F, B, U, S] = [new Float32Array(0), new Int8Array(0), new Uint8Array(0), new Uint16Array(0)];
  const cell = () => (Math.floor(next() * 12) * one.scale) / 7 + one.far * one.scale;
  add('POSITION', 'VEC3', 3, F, () => [cell(), cell(), cell()]);
  const unit = () => {
    const v = [next() - 0.5, next() - 0.5, next() - 0.49] as const;
    const length = Math.hypot(...v);
    return v.map((c) => c / length);
  };
  const plain = { vertex: true } as const;
  const normalized = { vertex: true, normalized: true } as const;
  if (one.normal === 'float') add('NORMAL', 'VEC3', 3, F, unit, plain);
  if (one.normal === 'zero') add('NORMAL', 'VEC3', 3, F, () => [0, 0, 0], plain);
  if (one.normal === 'byte') add('NORMAL', 'VEC3', 3, B, () => unit().map((c) => Math.round(c * 127)), normalized);
  if (one.tangent && one.normal === 'float')
    add('TANGENT', 'VEC4', 4, F, () => [...unit(), next() < 0.5 ? -1 : 1], plain);
  if (one.uv === 'float') add('TEXCOORD_0', 'VEC2', 2, F, () => [next(), next()], plain);
  if (one.uv === 'wide') add('TEXCOORD_0', 'VEC2', 2, F, () => [next() * 40 - 20, next() * 3], plain);
  if (one.uv === 'byte') add('TEXCOORD_0', 'VEC2', 2, U, () => [next() * 255, next() * 255], normalized);
  if (one.uv === 'short') add('TEXCOORD_0', 'VEC2', 2, S, () => [next() * 65535, next() * 65535], normalized);
  if (one.color === 'vec3') add('COLOR_0', 'VEC3', 3, F, () => [next(), next(), next()], plain);
  if (one.color === 'vec4') add('COLOR_0', 'VEC4', 4, F, () => [next(), next(), next(), 1], plain);
  if (one.color === 'eighths') add('COLOR_0', 'VEC3', 3, F, () => [1, 0, 51 / 255], plain);
  if (one.color === 'bytes') add('COLOR_0', 'VEC4', 4, U, () => [next() * 255, 0, 9, 255], normalized);
  if (one.color === 'shorts') add('COLOR_0', 'VEC3', 3, S, () => [next() * 65535, 0, 9], normalized);
  if (one.custom === 'scalar') add('_HEAT', 'SCALAR', 1, F, () => [next() * 1e6 - 5], VERTEX);
  if (one.custom === 'shorts') add('_ID', 'VEC2', 2, S, () => [next() * 65535, 3], VERTEX);
  if (one.skinned !== 'no') addSkinning(one, next, add);
  if (one.storage === 'interleaved') {
    const indices = bench.interleaved(parts.map(([, type, array, options]) => [type, array, options] as const));
    return Object.fromEntries(parts.map(([name], i) => [name, indices[i] ?? 0]));
  }
  return Object.fromEntries(
    parts.map(([name, type, array, options]) => {
      const sparse =
        one.storage === 'sparse' && name === 'POSITION' ? new Map([[1, [...array.slice(0, 3)]]]) : undefined;
      return [name, bench.accessor(type, array, sparse === undefined ? options : { ...options, sparse })];
    }),
  );
}

type Add = (
  name: string,
  type: GLTF.AccessorType,
  size: number,
  like: TypedArray,
  value: () => readonly number[],
  options: AccessorOptions,
) => void;

function addSkinning(one: MeshChoice, next: () => number, add: Add): void {
  const sets = one.skinned === 'two sets' ? 2 : 1;
  for (let set = 0; set < sets; set++) {
    add(
      `JOINTS_${set}`,
      'VEC4',
      4,
      set === 0 ? new Uint16Array(0) : new Uint8Array(0),
      () => (next() < 0.5 ? [0, 1, 2, 0] : [2, 0, 1, 0]).map((joint, c) => (c < 3 ? joint + set * 3 : 0)),
      { vertex: true },
    );
    const share = () => {
      const raw = [next(), next(), next()];
      const sum = raw.reduce((a, b) => a + b, 0) * sets;
      return [...raw.map((w) => w / sum), 0];
    };
    if (one.skinned === 'byte')
      add(`WEIGHTS_${set}`, 'VEC4', 4, new Uint8Array(0), () => [200, 50, 5, 0], { vertex: true, normalized: true });
    else add(`WEIGHTS_${set}`, 'VEC4', 4, new Float32Array(0), share, { vertex: true });
  }
}

function indicesOf(one: MeshChoice, vertexCount: number, next: () => number): TypedArray {
  const cornerCount = Math.max(3, one.triangles * 3);
  const values = Array.from({ length: cornerCount }, () => Math.floor(next() * vertexCount));
  if (one.index === 'int') return Uint32Array.from(values);
  return one.index === 'short' || vertexCount > 255 ? Uint16Array.from(values) : Uint8Array.from(values);
}

function addNodes(
  bench: Bench,
  chosen: Choices,
  next: () => number,
  extras: (value: object) => object,
  uses: Set<string>,
): void {
  const { json } = bench;
  const bones = BONES.map((b) => ({
    name: `bone ${b}`,
    translation: [0.1 * b, 75.25, -1.7e-5],
    ...(b < 5 ? { children: [b + 1] } : {}),
  }));
  const inverse = floats(96, (i) => ((i % 16) % 5 === 0 ? 1 : 0));
  json.skins = [{ name: 'skin', joints: [...BONES], inverseBindMatrices: bench.accessor('MAT4', inverse) }];
  const holders = chosen.meshes.map((one, m) => ({
    name: `node ${m}`,
    mesh: m,
    rotation: [0, 0.6, 0, 0.8],
    scale: [1, 2.5, 1],
    ...(one.skinned === 'no' ? {} : { skin: 0 }),
    ...extras({ node: m }),
    ...(chosen.instanced && one.skinned === 'no' ? { extensions: instancing(bench, next, uses) } : {}),
  }));
  const rest = [
    { name: 'empty' },
    { name: 'eye', camera: 0, matrix: [1, 0, 0, 0, 0, 0, 1, 0, 0, -1, 0, 0, 3, 4, 5, 1] },
  ];
  json.nodes = [...bones, ...holders, ...rest] as GLTF.INode[];
  const roots = [0, ...[...holders, ...rest].map((_, n) => BONES.length + n)];
  json.scenes = Array.from({ length: chosen.scenes }, (_, s) => ({ name: `scene ${s}`, nodes: s === 0 ? roots : [0] }));
}

function instancing(bench: Bench, next: () => number, uses: Set<string>): object {
  uses.add('EXT_mesh_gpu_instancing');
  const TRANSLATION = bench.accessor(
    'VEC3',
    floats(15, () => next() * 9),
  );
  const ROTATION = bench.accessor(
    'VEC4',
    floats(20, (i) => (i % 4 === 3 ? 1 : 0)),
  );
  return { EXT_mesh_gpu_instancing: { attributes: { TRANSLATION, ROTATION } } };
}
