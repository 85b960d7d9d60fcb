/** What only decoding shows: compressed views that do not decode, and indices beyond their vertices. */
import { messageOf } from '../errors.ts';
import { type Finding, finding, pointer } from '../finding.ts';
import { AccessorReader, COMPONENT, maxOf, meshoptViewOf } from './accessors.ts';
import { extensionOf } from './extensions.ts';
import type { SourceGlb } from './glb.ts';

/** At most this many findings: the first ones say it all. */
const MOST = 20;

/** Data that cannot mean what it says; empty when all of it can be used. The file must have passed `conform`. */
export function checkData(source: SourceGlb): readonly Finding[] {
  const reader = new AccessorReader(source.json, source.bin);
  const views = [...checkViews(source, reader)];
  return views.length > 0 ? views.slice(0, MOST) : [...checkIndices(source, reader)].slice(0, MOST);
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
