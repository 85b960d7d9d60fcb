/**
 * In which order objects are drawn. three sorts by the ids of materials and objects, which count up as decoders finish,
 * in any order: with several workers the same file gave other pixels where surfaces coincide. Here the same rule goes
 * by places in the scene graph, which the file alone decides.
 */
import type { Material, Object3D, WebGLRenderer } from 'three';
import { drawablesOf } from './points.ts';

/** What three's render lists hold, as far as we sort by it. */
interface RenderItem {
  readonly object: Object3D;
  readonly material: Material;
  readonly groupOrder: number;
  readonly renderOrder: number;
  readonly z: number;
}

const places = new WeakMap<Object3D | Material, number>();

/** Notes the place of every object of a scene, and of its materials: where each is first worn. */
export function noteDrawOrder(scene: Object3D): void {
  for (const [place, object] of drawablesOf(scene).entries()) {
    places.set(object, place);
    for (const material of [object.material].flat()) if (!places.has(material)) places.set(material, place);
  }
}

/** Makes a renderer draw solid objects by material, then front to back, and glassy ones back to front; ties by place. */
export function sortByPlace(renderer: WebGLRenderer): void {
  const objectPlace = ({ object }: RenderItem) => places.get(object) ?? 0;
  // A variant's material is new: it goes by its object.
  const materialPlace = (item: RenderItem) => places.get(item.material) ?? objectPlace(item);
  const rank = (a: RenderItem, b: RenderItem) => a.groupOrder - b.groupOrder || a.renderOrder - b.renderOrder;
  const place = (a: RenderItem, b: RenderItem) => objectPlace(a) - objectPlace(b);
  renderer.setOpaqueSort(
    (a: RenderItem, b: RenderItem) => rank(a, b) || materialPlace(a) - materialPlace(b) || a.z - b.z || place(a, b),
  );
  renderer.setTransparentSort((a: RenderItem, b: RenderItem) => rank(a, b) || b.z - a.z || place(a, b));
}
