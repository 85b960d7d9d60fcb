/** What surfaces wear in place of their materials: wires, normals, a checker on the UVs. Posed and morphed as they are. */
import {
  CanvasTexture,
  type Material,
  Mesh,
  MeshNormalMaterial,
  MeshStandardMaterial,
  type Object3D,
  RepeatWrapping,
  SRGBColorSpace,
  Texture,
} from 'three';
import { drawablesOf } from './points.ts';
import type { SurfaceName } from './state.ts';

const own = new WeakMap<Mesh, { readonly worn: Material | Material[]; readonly put: readonly Material[] }>();

/** Gives every mesh its own material back, and frees what it wore instead. */
export function takeOffSurface(root: Object3D): void {
  for (const object of drawablesOf(root)) {
    const known = object instanceof Mesh ? own.get(object) : undefined;
    if (!(object instanceof Mesh) || known === undefined) continue;
    object.material = known.worn;
    own.delete(object);
    for (const material of known.put) {
      if ('map' in material && material.map instanceof Texture) material.map.dispose();
      material.dispose();
    }
  }
}

/** Puts a surface on every mesh. Lines and points stay as they are. */
export function putOnSurface(root: Object3D, surface: SurfaceName): void {
  if (surface === 'material') return;
  for (const object of drawablesOf(root)) {
    if (!(object instanceof Mesh)) continue;
    const worn: Material | Material[] = object.material;
    const put = [worn].flat().map((material) => surfaceOf(material, surface, object));
    own.set(object, { worn, put });
    const [first] = put;
    if (first) object.material = Array.isArray(worn) ? put : first;
  }
}

function surfaceOf(worn: Material, surface: Exclude<SurfaceName, 'material'>, mesh: Mesh): Material {
  const look = worn instanceof MeshStandardMaterial ? worn : null;
  const shared = { side: worn.side, flatShading: look?.flatShading ?? false };
  const bumps = look?.normalMap ? { normalMap: look.normalMap, normalScale: look.normalScale.clone() } : {};
  if (surface === 'normals') return new MeshNormalMaterial({ ...shared, ...bumps });
  if (surface === 'wireframe') {
    return new MeshStandardMaterial({ ...shared, color: 0x7aa2ff, emissive: 0x2f5fd0, wireframe: true });
  }
  const hasUvs = mesh.geometry.hasAttribute('uv');
  const map = hasUvs ? checkerLike(look?.map ?? look?.normalMap ?? look?.emissiveMap ?? null) : null;
  // Without UVs there is nothing to check: plain grey says so.
  return new MeshStandardMaterial({ ...shared, roughness: 0.9, map, color: hasUvs ? 0xffffff : 0x8a949f });
}

/** The checker where a texture lies: with its transform, which quantized UVs need, and its set of UVs. */
function checkerLike(texture: Texture | null): Texture {
  const map = checker().clone();
  if (texture) {
    map.channel = texture.channel;
    map.matrixAutoUpdate = texture.matrixAutoUpdate;
    for (const key of ['offset', 'repeat', 'center'] as const) map[key].copy(texture[key]);
    map.rotation = texture.rotation;
    map.matrix.copy(texture.matrix);
  }
  map.needsUpdate = true;
  return map;
}

let kept: Texture | null = null;
const FIELDS = 16;
const FIELD_PX = 64;

/** 16 × 16 fields, each with its letter and number: stretched, mirrored and moved UVs all show. */
function checker(): Texture {
  if (kept) return kept;
  const canvas = document.createElement('canvas');
  canvas.width = FIELDS * FIELD_PX;
  canvas.height = FIELDS * FIELD_PX;
  const paper = canvas.getContext('2d');
  if (paper) {
    paper.font = `600 ${FIELD_PX * 0.36}px Inter, sans-serif`;
    paper.textAlign = 'center';
    paper.textBaseline = 'middle';
    for (let row = 0; row < FIELDS; row++) {
      for (let column = 0; column < FIELDS; column++) {
        const hue = (column / FIELDS) * 300 + (row / FIELDS) * 40;
        const isLight = (row + column) % 2 === 0;
        paper.fillStyle = `hsl(${hue} ${isLight ? 55 : 50}% ${isLight ? 82 : 58}%)`;
        paper.fillRect(column * FIELD_PX, row * FIELD_PX, FIELD_PX, FIELD_PX);
        paper.fillStyle = isLight ? 'rgb(27 33 41 / 0.7)' : 'rgb(255 255 255 / 0.9)';
        const name = String.fromCharCode(65 + column) + String(row + 1);
        paper.fillText(name, (column + 0.5) * FIELD_PX, (row + 0.54) * FIELD_PX);
      }
    }
  }
  kept = new CanvasTexture(canvas);
  // glTF counts V from the top.
  kept.flipY = false;
  kept.wrapS = RepeatWrapping;
  kept.wrapT = RepeatWrapping;
  kept.colorSpace = SRGBColorSpace;
  kept.anisotropy = 8;
  return kept;
}
