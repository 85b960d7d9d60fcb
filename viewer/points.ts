/** Where a model is: its vertices in world space, posed and instanced as they are drawn. */
import { InstancedMesh, Line, Matrix4, Mesh, type Object3D, Points, SkinnedMesh, Vector3 } from 'three';

/** Beyond this many points every n-th vertex stands for its neighbours: fitting must stay below 100 ms. */
const POINT_LIMIT = 600_000;
/** A skinned vertex costs about fifty times a plain one. */
const POSED_VERTEX_LIMIT = 60_000;

/** A drawn object of a scene. */
export type Drawable = Mesh | Line | Points;

/** All objects that are drawn and visible. */
export function drawablesOf(root: Object3D): Drawable[] {
  const found: Drawable[] = [];
  root.traverseVisible((object) => {
    if (object instanceof Mesh || object instanceof Line || object instanceof Points) found.push(object);
  });
  return found;
}

/** Vertices that one frame draws, instances included. */
export function drawnVertexCount(root: Object3D): number {
  return drawablesOf(root).reduce((sum, object) => sum + vertexCount(object) * instanceCount(object), 0);
}

/** World positions of what is drawn, x, y, z, x, …, in the current pose; empty when nothing is drawn. */
export function worldPoints(root: Object3D): Float32Array {
  root.updateWorldMatrix(true, true);
  const drawables = drawablesOf(root);
  const stride = Math.max(1, Math.ceil(drawnVertexCount(root) / POINT_LIMIT));
  const out: number[] = [];
  for (const object of drawables) addPoints(object, stride, out);
  return Float32Array.from(out);
}

/** Triangles that one frame draws, instances included. */
export function drawnTriangleCount(root: Object3D): number {
  let count = 0;
  for (const object of drawablesOf(root)) {
    if (!(object instanceof Mesh)) continue;
    count += Math.floor((object.geometry.index?.count ?? vertexCount(object)) / 3) * instanceCount(object);
  }
  return count;
}

function vertexCount(object: Drawable): number {
  return object.geometry.getAttribute('position')?.count ?? 0;
}

function instanceCount(object: Drawable): number {
  return object instanceof InstancedMesh ? object.count : 1;
}

function addPoints(object: Drawable, stride: number, out: number[]): void {
  const vertices = vertexCount(object);
  if (vertices === 0) return;
  const posed = object instanceof SkinnedMesh || (object instanceof Mesh && object.morphTargetInfluences !== undefined);
  // An instanced mesh of few vertices must not be thinned to nothing: keep 64 of each.
  const step = Math.max(
    1,
    Math.min(stride, Math.ceil(vertices / 64)),
    posed ? Math.ceil(vertices / POSED_VERTEX_LIMIT) : 1,
  );
  const position = object.geometry.getAttribute('position');
  const point = new Vector3();
  const matrix = new Matrix4();
  for (let instance = 0; instance < instanceCount(object); instance++) {
    matrix.copy(object.matrixWorld);
    if (object instanceof InstancedMesh) {
      const local = new Matrix4();
      object.getMatrixAt(instance, local);
      matrix.multiply(local);
    }
    for (let i = 0; i < vertices; i += step) {
      if (posed && object instanceof Mesh) object.getVertexPosition(i, point);
      else point.fromBufferAttribute(position, i);
      point.applyMatrix4(matrix);
      out.push(point.x, point.y, point.z);
    }
  }
}
