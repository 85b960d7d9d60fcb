/** From a click to a part of the file, and from a part to the objects that show it, in all models. */
import type { CompareView } from './compare-view.ts';
import { type Contents, counterpart } from './glb-contents.ts';
import type { Inspection, Picked } from './inspection.ts';
import type { LoadedModel } from './load-model.ts';
import type { Marked } from './marks.ts';
import { SIDES, type Side } from './panes.ts';
import { drawablesOf } from './points.ts';
import type { Hit } from './sight.ts';

/** The mesh that was hit; null where the loader made something that the file does not have. */
export function pickedAt(hit: Hit, view: CompareView, inspection: Inspection): Picked | null {
  const part = view.models[hit.side]?.partOf(hit.object);
  const contents = inspection.contents()[hit.side];
  if (part?.mesh === undefined || !contents) return null;
  // A primitive of several is a child of its node.
  const node = part.node ?? (hit.object.parent ? view.models[hit.side]?.partOf(hit.object.parent)?.node : undefined);
  return {
    kind: 'mesh',
    side: hit.side,
    index: part.mesh,
    primitive: (contents.meshes[part.mesh]?.primitives.length ?? 1) > 1 ? (part.primitive ?? 0) : null,
    nodeName: node === undefined ? null : (contents.nodeNames[node] ?? null),
  };
}

/** The same part in the file of another side, by name or place; null when it has none. */
export function partOn(side: Side, picked: Picked, inspection: Inspection) {
  const all = inspection.contents();
  const list = picked.kind === 'mesh' ? 'meshes' : 'materials';
  const own = all[picked.side]?.[list][picked.index];
  const there: Contents | null = all[side];
  if (!own || !there) return null;
  return side === picked.side ? own : counterpart(own, there[list]);
}

/** The objects that show a part, in every model on the stage. */
export function marksOf(picked: Picked, view: CompareView, inspection: Inspection): readonly Marked[] {
  return SIDES.flatMap((side) => {
    const model = view.models[side];
    const contents = inspection.contents()[side];
    const part = partOn(side, picked, inspection);
    if (!model || !contents || !part) return [];
    const wanted = drawablesOf(model.root).filter((object) => shows(object, model, contents, picked, part.index));
    return wanted.map((object) => ({ scene: model.scene, object }));
  });
}

function shows(
  object: Parameters<LoadedModel['partOf']>[0],
  model: LoadedModel,
  contents: Contents,
  picked: Picked,
  index: number,
): boolean {
  const { mesh, primitive = 0 } = model.partOf(object) ?? {};
  if (mesh === undefined) return false;
  if (picked.kind === 'material') return contents.meshes[mesh]?.primitives[primitive]?.material === index;
  return mesh === index && (picked.primitive === null || picked.primitive === primitive);
}
