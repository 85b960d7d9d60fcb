/** The step that gives accessors which are named often short numbers. */
import { listRoles } from '../asset/roles.ts';
import type { Step, StepResult } from './step.ts';
import { mayReindex, remapAccessors, type Workpiece } from './workpiece.ts';

/** Orders accessors by how often they are named: a clip's times are named by every track. */
export function numberByUse(): Step {
  return { name: 'number-by-use', run: orderAll };
}

function orderAll(piece: Workpiece): StepResult {
  if (!mayReindex(piece)) return { kind: 'skipped', why: 'an extension that we do not know may refer to accessors' };
  const roles = listRoles(piece.json);
  const usesOf = (index: number) => roles.get(index)?.length ?? 0;
  const order = [...(piece.json.accessors ?? []).keys()].sort((a, b) => usesOf(b) - usesOf(a) || a - b);
  if (order.every((index, place) => index === place)) return { kind: 'skipped', why: 'they are in order' };
  const places = new Map(order.map((index, place) => [index, place]));
  return {
    kind: 'changed',
    piece: remapAccessors(piece, (index) => places.get(index)),
    why: 'accessors that are named often have short numbers',
  };
}
