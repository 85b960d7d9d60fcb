/** The step that lets primitives with one and the same Draco block name the same accessors. */
import type { GLTF } from '@gltf-transform/core';
import { cloneJson } from '../asset/clone.ts';
import { digestOf, type Gltf } from '../asset/glb.ts';
import { plural } from '../units.ts';
import type { Step, StepResult } from './step.ts';
import { dracoOf, mayReindex, type Workpiece } from './workpiece.ts';

/** Equal blocks decode to equal vertices, so their accessors say the same. Loaders then upload them once. */
export function shareBlocks(): Step {
  return { name: 'share-blocks', run: shareAll };
}

function shareAll(piece: Workpiece): StepResult {
  if (!mayReindex(piece)) return { kind: 'skipped', why: 'an extension that we do not know may refer to accessors' };
  const json = cloneJson(piece.json);
  const first = new Map<string, GLTF.IMeshPrimitive>();
  const digests = new Map([...piece.keptViews].map(([index, bytes]) => [index, digestOf(bytes)]));
  let shared = 0;
  for (const primitive of (json.meshes ?? []).flatMap((mesh) => mesh.primitives)) {
    const fields = dracoOf(primitive);
    if (fields === undefined || !isWhole(primitive, fields.attributes)) continue;
    const key = JSON.stringify([
      digests.get(fields.bufferView),
      Object.entries(fields.attributes),
      saidBy(json, primitive),
    ]);
    const known = first.get(key);
    if (known === undefined) first.set(key, primitive);
    else if (known.indices !== primitive.indices || known.indices === undefined) {
      primitive.attributes = { ...known.attributes };
      if (known.indices !== undefined) primitive.indices = known.indices;
      shared++;
    }
  }
  if (shared === 0) return { kind: 'skipped', why: 'no two Draco blocks are equal' };
  return {
    kind: 'changed',
    piece: { ...piece, json },
    why: `${plural(shared, 'primitive')} with the block of another`,
  };
}

/** All attributes are in the block, and no morph target is beside it. */
function isWhole({ attributes, targets }: GLTF.IMeshPrimitive, inBlock: Readonly<Record<string, number>>): boolean {
  return (targets ?? []).length === 0 && Object.keys(attributes).every((semantic) => semantic in inBlock);
}

/** What the accessors say; extras keep them apart only where they differ. */
function saidBy(json: Gltf, primitive: GLTF.IMeshPrimitive): readonly unknown[] {
  const names = Object.keys(primitive.attributes);
  return [
    names,
    ...names.map((name) => json.accessors?.[primitive.attributes[name] ?? -1]),
    json.accessors?.[primitive.indices ?? -1],
  ];
}
