/** What only decoding shows: compressed views and Draco blocks that do not decode, and indices beyond their vertices. */
import type { GLTF } from '@gltf-transform/core';
import { messageOf } from '../errors.ts';
import { type Finding, finding, pointer } from '../finding.ts';
import { leastOf } from '../units.ts';
import { AccessorReader, COMPONENT, ITEM_SIZE, maxOf, meshoptViewOf } from './accessors.ts';
import { decodeDracoOnce, openDraco } from './draco.ts';
import { extensionOf, isRecord } from './extensions.ts';
import type { Gltf, SourceGlb } from './glb.ts';

/** At most this many findings: the first ones say it all. */
const MOST = 20;

/** Data that cannot mean what it says; empty when all of it can be used. The file must have passed `conform`. */
export async function checkData(source: SourceGlb): Promise<readonly Finding[]> {
  const reader = new AccessorReader(source.json, source.bin);
  const views = [...checkViews(source, reader)];
  if (views.length > 0) return views.slice(0, MOST);
  const blocks = listBlocks(source.json);
  if (blocks.length > 0) await openDraco();
  return [
    ...checkBlocks(source, reader, blocks),
    ...checkIndices(source, reader),
    ...checkKeyTimes(source),
    ...checkSparse(source, reader),
  ].slice(0, MOST);
}

interface Block {
  readonly at: string;
  readonly primitive: GLTF.IMeshPrimitive;
  readonly fields: Record<string, unknown>;
}

function listBlocks({ meshes }: Gltf): readonly Block[] {
  return (meshes ?? []).flatMap((mesh, m) =>
    mesh.primitives.flatMap((primitive, p) => {
      const fields = extensionOf(primitive, 'KHR_draco_mesh_compression');
      const at = pointer('meshes', m, 'primitives', p, 'extensions', 'KHR_draco_mesh_compression');
      return fields === undefined ? [] : [{ at, primitive, fields }];
    }),
  );
}

/** Loaders make room as the accessors say, and show nothing of a block that does not decode. */
function* checkBlocks({ json }: SourceGlb, reader: AccessorReader, blocks: readonly Block[]): Generator<Finding> {
  const countOf = (accessor: number | undefined) => json.accessors?.[accessor ?? -1]?.count ?? Number.POSITIVE_INFINITY;
  for (const { at, primitive, fields } of blocks) {
    const ids = isRecord(fields.attributes) ? Object.entries(fields.attributes) : [];
    const accessors = ids.flatMap(([semantic]) => primitive.attributes[semantic] ?? []);
    const outputs = ids.flatMap(([semantic, id]) => {
      const accessor = json.accessors?.[primitive.attributes[semantic] ?? -1];
      if (accessor === undefined || typeof id !== 'number') return [];
      const { componentType, type, normalized = false } = accessor;
      return [{ semantic, id, componentType, itemSize: ITEM_SIZE[type], normalized }];
    });
    const most = { points: leastOf(accessors.map(countOf)), corners: countOf(primitive.indices) };
    try {
      decodeDracoOnce(reader.view(Number(fields.bufferView)), outputs, most);
    } catch (thrown) {
      yield finding('GLTF_VALUE', at, `It cannot be decoded: ${messageOf(thrown)}`);
    }
  }
}

function* checkViews({ json }: SourceGlb, reader: AccessorReader): Generator<Finding> {
  for (const [index, view] of (json.bufferViews ?? []).entries()) {
    if (meshoptViewOf(view) === undefined) continue;
    try {
      reader.view(index);
    } catch (thrown) {
      yield finding('GLTF_VALUE', pointer('bufferViews', index), `It cannot be decompressed: ${messageOf(thrown)}.`);
    }
  }
}

function* checkIndices({ json }: SourceGlb, reader: AccessorReader): Generator<Finding> {
  const highest = new Map<number, number>();
  for (const [m, mesh] of (json.meshes ?? []).entries()) {
    for (const [p, primitive] of mesh.primitives.entries()) {
      const { attributes, indices } = primitive;
      const count = json.accessors?.[Object.values(attributes)[0] ?? -1]?.count;
      if (indices === undefined || count === undefined || extensionOf(primitive, 'KHR_draco_mesh_compression'))
        continue;
      const at = pointer('meshes', m, 'primitives', p, 'indices');
      const { componentType, type } = json.accessors?.[indices] ?? {};
      if (type !== 'SCALAR' || componentType === COMPONENT.FLOAT) {
        yield finding('GLTF_TYPE', at, 'Indices are unsigned integers.');
        continue;
      }
      const max = highest.get(indices) ?? maxOf(reader.read(indices).array);
      highest.set(indices, max);
      if (max >= count) yield finding('GLTF_VALUE', at, `Index ${max} of ${count} vertices.`);
    }
  }
}

function* checkKeyTimes({ json }: SourceGlb): Generator<Finding> {
  for (const [a, animation] of (json.animations ?? []).entries()) {
    for (const [s, { input }] of animation.samplers.entries()) {
      const { componentType, type } = json.accessors?.[input] ?? {};
      if (type === 'SCALAR' && componentType === COMPONENT.FLOAT) continue;
      yield finding('GLTF_TYPE', pointer('animations', a, 'samplers', s, 'input'), 'Key times are single floats.');
    }
  }
}

function* checkSparse({ json }: SourceGlb, reader: AccessorReader): Generator<Finding> {
  for (const [a, { sparse, count }] of (json.accessors ?? []).entries()) {
    const max = sparse === undefined ? -1 : maxOf(reader.sparseIndices(sparse));
    if (max < count) continue;
    yield finding('GLTF_VALUE', pointer('accessors', a, 'sparse', 'indices'), `Index ${max} of ${count} elements.`);
  }
}
