/** The numbers behind the contract, read back from the output: vertices, keys, matrices. */
import type { SourceGlb } from '../asset/glb.ts';
import { instanceAttributesOf } from '../asset/roles.ts';
import { type Finding, finding, pointer } from '../finding.ts';
import { checkAnimations } from './animation-values.ts';
import { Floats, sameBits } from './floats.ts';
import { checkMeshes } from './mesh-values.ts';

/** Values of `after` that are broken or too far from `before`. Both must have the same meshes and animations. */
export function checkValues(before: SourceGlb, after: SourceGlb): readonly Finding[] {
  const [was, is] = [new Floats(before), new Floats(after)];
  return [...checkMeshes(was, is), ...checkAnimations(was, is), ...checkMatrices(was, is), ...checkInstances(was, is)];
}

function* checkMatrices(was: Floats, is: Floats): Generator<Finding> {
  for (const [s, skin] of (was.glb.json.skins ?? []).entries()) {
    const [from, to] = [skin.inverseBindMatrices, is.glb.json.skins?.[s]?.inverseBindMatrices];
    if (from === undefined || to === undefined || sameBits(was.of(from), is.of(to))) continue;
    yield finding('CONTRACT_BROKEN', pointer('skins', s, 'inverseBindMatrices'), 'Inverse bind matrices changed.');
  }
}

/** No step of ours touches instances. */
function* checkInstances(was: Floats, is: Floats): Generator<Finding> {
  for (const [n, node] of (was.glb.json.nodes ?? []).entries()) {
    const output = instanceAttributesOf(is.glb.json.nodes?.[n] ?? {});
    for (const [name, from] of Object.entries(instanceAttributesOf(node))) {
      const to = output[name];
      if (to === undefined || sameBits(was.of(from), is.of(to))) continue;
      const at = pointer('nodes', n, 'extensions', 'EXT_mesh_gpu_instancing', 'attributes', name);
      yield finding('CONTRACT_BROKEN', at, 'Instances changed.');
    }
  }
}
