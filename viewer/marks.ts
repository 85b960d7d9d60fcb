/** Marks what was picked: the object again, in the accent's colour, over itself. It is no part of the model's root. */
import { type Material, Mesh, MeshBasicMaterial, type Object3D, type Scene, SkinnedMesh } from 'three';

/** An object in its scene. */
export interface Marked {
  readonly scene: Scene;
  readonly object: Object3D;
}

/** The marks of a view. */
export interface Marks {
  /** In place of the marks before. */
  set(marked: readonly Marked[]): void;
  show(shown: boolean): void;
}

/** Makes an empty set of marks. */
export function createMarks(): Marks {
  const material = new MeshBasicMaterial({
    color: 0x3f78f2,
    transparent: true,
    opacity: 0.42,
    depthWrite: false,
    polygonOffset: true,
    polygonOffsetFactor: -1,
    polygonOffsetUnits: -1,
    toneMapped: false,
  });
  let marks: Mesh[] = [];
  return {
    set(marked) {
      for (const mark of marks) mark.removeFromParent();
      marks = marked.flatMap(({ scene, object }) => {
        const mark = object instanceof Mesh ? markOf(object, material) : null;
        if (mark) scene.add(mark);
        return mark ?? [];
      });
    },
    show(shown) {
      for (const mark of marks) mark.visible = shown;
    },
  };
}

/** Shares geometry, bones and morphs; stands where the object stands, whatever moves it. */
function markOf(object: Mesh, material: Material): Mesh {
  const mark: Mesh = object.clone(false);
  mark.name = 'mark';
  mark.material = material;
  mark.frustumCulled = false;
  mark.renderOrder = 1e6;
  mark.matrixAutoUpdate = false;
  mark.matrixWorldAutoUpdate = false;
  if (object.morphTargetInfluences) mark.morphTargetInfluences = object.morphTargetInfluences;
  mark.onBeforeRender = () => {
    mark.matrixWorld.copy(object.matrixWorld);
    if (mark instanceof SkinnedMesh && object instanceof SkinnedMesh) {
      mark.bindMatrixInverse.copy(object.bindMatrixInverse);
    }
  };
  return mark;
}
