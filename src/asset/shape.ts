/** The shape of glTF 2.0 JSON as far as we read it, so that everything behind it can trust the types. Unknown keys pass. */
import * as z from 'zod';
import { type Finding, finding, pointer } from '../finding.ts';
import type { Gltf } from './glb.ts';

/** The longest one registered has some 40 characters; they are repeated in reports. */
const extensionName = z.string().max(200);
const index = z.int().min(0);
const uint = z.int().min(0);
const extensible = { extensions: z.record(z.string(), z.unknown()).optional(), name: z.string().optional() };
const object = <T extends z.core.$ZodLooseShape>(shape: T) => z.looseObject({ ...extensible, ...shape });

const component = z.union([5120, 5121, 5122, 5123, 5125, 5126].map((value) => z.literal(value)));
const accessor = object({
  bufferView: index.optional(),
  byteOffset: uint.optional(),
  componentType: component,
  normalized: z.boolean().optional(),
  count: uint.min(1),
  type: z.enum(['SCALAR', 'VEC2', 'VEC3', 'VEC4', 'MAT2', 'MAT3', 'MAT4']),
  min: z.array(z.number()).optional(),
  max: z.array(z.number()).optional(),
  sparse: object({
    count: uint.min(1),
    indices: object({ bufferView: index, byteOffset: uint.optional(), componentType: component }),
    values: object({ bufferView: index, byteOffset: uint.optional() }),
  }).optional(),
});
const meshopt = z.looseObject({
  buffer: index,
  byteOffset: uint.optional(),
  byteLength: uint,
  byteStride: uint.min(1).max(256),
  count: uint,
  mode: z.enum(['ATTRIBUTES', 'TRIANGLES', 'INDICES']),
  filter: z.enum(['NONE', 'OCTAHEDRAL', 'QUATERNION', 'EXPONENTIAL', 'COLOR']).optional(),
});
const bufferView = object({
  buffer: index,
  byteOffset: uint.optional(),
  byteLength: uint.min(1),
  byteStride: uint.min(4).max(252).optional(),
  extensions: z
    .looseObject({ EXT_meshopt_compression: meshopt.optional(), KHR_meshopt_compression: meshopt.optional() })
    .optional(),
});
/** Extensions that we follow ourselves; all others pass as they are. */
const extended = <T extends z.core.$ZodLooseShape>(shape: T) => z.looseObject(shape).optional();
const textureInfo = object({ index, texCoord: uint.optional() });
const attributes = z.record(z.string(), index);
const primitive = object({
  attributes,
  indices: index.optional(),
  material: index.optional(),
  mode: z.int().min(0).max(6).optional(),
  targets: z.array(attributes).optional(),
  extensions: extended({
    KHR_draco_mesh_compression: z.looseObject({ bufferView: index, attributes }).optional(),
    KHR_materials_variants: z
      .looseObject({ mappings: z.array(z.looseObject({ material: index, variants: z.array(index) })) })
      .optional(),
  }),
});
const transform = (length: number) => z.array(z.number()).length(length).optional();
const node = object({
  children: z.array(index).optional(),
  mesh: index.optional(),
  skin: index.optional(),
  camera: index.optional(),
  matrix: transform(16),
  translation: transform(3),
  rotation: transform(4),
  scale: transform(3),
  weights: z.array(z.number()).optional(),
  extensions: extended({ EXT_mesh_gpu_instancing: z.looseObject({ attributes }).optional() }),
});
const source = z.looseObject({ source: index.optional() }).optional();
const texture = object({
  source: index.optional(),
  sampler: index.optional(),
  extensions: extended({ KHR_texture_basisu: source, EXT_texture_avif: source, EXT_texture_webp: source }),
});
const material = object({
  pbrMetallicRoughness: object({
    baseColorTexture: textureInfo.optional(),
    metallicRoughnessTexture: textureInfo.optional(),
  }).optional(),
  normalTexture: textureInfo.optional(),
  occlusionTexture: textureInfo.optional(),
  emissiveTexture: textureInfo.optional(),
  alphaMode: z.enum(['OPAQUE', 'MASK', 'BLEND']).optional(),
  doubleSided: z.boolean().optional(),
});
const animation = object({
  // The path stays open: KHR_animation_pointer adds its own.
  channels: z.array(object({ sampler: index, target: object({ node: index.optional(), path: z.string() }) })),
  samplers: z.array(
    object({ input: index, output: index, interpolation: z.enum(['LINEAR', 'STEP', 'CUBICSPLINE']).optional() }),
  ),
});
const list = <T extends z.ZodType>(item: T) => z.array(item).optional();

const gltf = object({
  asset: object({ version: z.string(), minVersion: z.string().optional(), copyright: z.string().optional() }),
  scene: index.optional(),
  scenes: list(object({ nodes: z.array(index).optional() })),
  nodes: list(node),
  meshes: list(object({ primitives: z.array(primitive).min(1), weights: z.array(z.number()).optional() })),
  materials: list(material),
  textures: list(texture),
  images: list(object({ uri: z.string().optional(), mimeType: z.string().optional(), bufferView: index.optional() })),
  samplers: list(object({})),
  accessors: list(accessor),
  bufferViews: list(bufferView),
  buffers: list(object({ uri: z.string().optional(), byteLength: uint.min(1) })),
  animations: list(animation),
  skins: list(object({ joints: z.array(index), inverseBindMatrices: index.optional(), skeleton: index.optional() })),
  cameras: list(object({ type: z.string() })),
  extensionsUsed: z.array(extensionName).optional(),
  extensionsRequired: z.array(extensionName).optional(),
});

/** At most this many findings of one kind: the first ones say it all. */
const MOST = 20;

/** Where the JSON has a type that glTF does not allow; empty when it is sound. */
export function checkShape(json: Gltf): readonly Finding[] {
  const parsed = gltf.safeParse(json);
  if (parsed.success) return [];
  return parsed.error.issues
    .slice(0, MOST)
    .map((issue) =>
      finding(
        'GLTF_TYPE',
        pointer(...issue.path.map((token) => (typeof token === 'symbol' ? '' : token))),
        `${issue.message}.`,
      ),
    );
}
