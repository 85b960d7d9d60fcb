/** A soft contact shadow: what the ground sees of the model from below, blurred. */
import {
  Box3,
  type Camera,
  DoubleSide,
  HalfFloatType,
  Mesh,
  NoBlending,
  OrthographicCamera,
  PlaneGeometry,
  RedFormat,
  Scene,
  ShaderMaterial,
  Vector2,
  Vector3,
  type WebGLRenderer,
  WebGLRenderTarget,
} from 'three';
import { drawnVertexCount } from './points.ts';

/** The shadow of one model. */
export interface GroundShadow {
  readonly mesh: Mesh;
  /** Draws the shadow anew, for points in world space. */
  update(renderer: WebGLRenderer, scene: Scene, points: Float32Array): void;
  /** A camera below the ground must not see it. */
  showFor(camera: Camera): void;
  hide(): void;
  dispose(): void;
}

// 256 px cost 80-120 ms on SwiftShader, 512 px 400 ms, and nobody sees the difference after the blur.
const MAP_PX = 256;
// The plane is so much wider than the footprint that the blur fades out before the border.
const SPREAD = 2.1;
// The blur looks so many sigmas to each side.
const BLUR_SIGMAS = 2.6;
// Points and lines are wider than their vertices.
const BORDER_PX = 2;
const DARKEST = 0.62;
const SHADOW_COLOUR = 'vec3(0.055, 0.075, 0.11)';

// Everything of a mesh that moves vertices: morph targets, skins, instances.
const COVER_VERTEX = /* glsl */ `
#include <common>
#include <morphtarget_pars_vertex>
#include <skinning_pars_vertex>
void main() {
  #include <morphinstance_vertex>
  #include <begin_vertex>
  #include <morphtarget_vertex>
  #include <skinbase_vertex>
  #include <skinning_vertex>
  #include <project_vertex>
  gl_PointSize = 1.5;
}`;
// gl_FragCoord.z is the height above the ground, 0 to 1: what touches the ground weighs most.
const COVER_FRAGMENT = /* glsl */ `
void main() { gl_FragColor = vec4(pow(1.0 - gl_FragCoord.z, 1.8)); }`;

const PASS_VERTEX = /* glsl */ `
varying vec2 vUv;
void main() { vUv = uv; gl_Position = vec4(position.xy, 0.0, 1.0); }`;
const BLUR_FRAGMENT = /* glsl */ `
uniform sampler2D map;
uniform vec2 direction;
uniform float sigma;
varying vec2 vUv;
void main() {
  float sum = 0.0;
  float weights = 0.0;
  for (int i = -20; i <= 20; i++) {
    float x = float(i) / 20.0 * ${BLUR_SIGMAS.toFixed(1)};
    float w = exp(-0.5 * x * x);
    sum += w * texture2D(map, vUv + direction * (x * sigma)).r;
    weights += w;
  }
  gl_FragColor = vec4(sum / weights);
}`;
const PLANE_VERTEX = /* glsl */ `
varying vec2 vUv;
void main() { vUv = uv; gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0); }`;
const PLANE_FRAGMENT = /* glsl */ `
uniform sampler2D map;
varying vec2 vUv;
float noise(vec2 p) { return fract(52.9829189 * fract(dot(p, vec2(0.06711056, 0.00583715)))); }
void main() {
  vec2 away = abs(vUv * 2.0 - 1.0);
  float fade = (1.0 - smoothstep(0.75, 1.0, away.x)) * (1.0 - smoothstep(0.75, 1.0, away.y));
  float alpha = texture2D(map, vUv).r * fade * ${DARKEST.toFixed(2)};
  gl_FragColor = vec4(${SHADOW_COLOUR}, alpha + (noise(gl_FragCoord.xy) - 0.5) / 255.0);
}`;

/** Makes a shadow, hidden until `showFor`. */
export function createGroundShadow(): GroundShadow {
  const target = (depthBuffer: boolean) =>
    new WebGLRenderTarget(MAP_PX, MAP_PX, { format: RedFormat, type: HalfFloatType, depthBuffer });
  const [front, back] = [target(true), target(false)];
  const cover = new ShaderMaterial({
    vertexShader: COVER_VERTEX,
    fragmentShader: COVER_FRAGMENT,
    side: DoubleSide,
    blending: NoBlending,
  });
  const blur = new ShaderMaterial({
    vertexShader: PASS_VERTEX,
    fragmentShader: BLUR_FRAGMENT,
    uniforms: { map: { value: null }, direction: { value: new Vector2() }, sigma: { value: 1 } },
    depthTest: false,
    depthWrite: false,
    blending: NoBlending,
  });
  const passScene = new Scene();
  const pass = new Mesh(new PlaneGeometry(2, 2), blur);
  pass.frustumCulled = false;
  passScene.add(pass);
  const below = new OrthographicCamera();
  const material = new ShaderMaterial({
    vertexShader: PLANE_VERTEX,
    fragmentShader: PLANE_FRAGMENT,
    uniforms: { map: { value: front.texture } },
    transparent: true,
    depthWrite: false,
    toneMapped: false,
  });
  const mesh = new Mesh(new PlaneGeometry(1, 1), material);
  mesh.name = 'ground shadow';
  mesh.frustumCulled = false;
  mesh.renderOrder = -1e8;
  mesh.visible = false;

  /** Blurs what lies within `reach` pixels of the middle; gives how far it reaches then. */
  function blurOnce(renderer: WebGLRenderer, sigmaPx: number, reach: readonly [number, number]) {
    const spread = Math.ceil(BLUR_SIGMAS * sigmaPx) + 1; // a tap between two pixels reads both
    const after = [reach[0] + spread, reach[1] + spread] as const;
    for (const [from, to, x, y, reached] of [
      [front, back, 1, 0, [after[0], reach[1]]],
      [back, front, 0, 1, after],
    ] as const) {
      Object.assign(blur.uniforms.map ?? {}, { value: from.texture });
      Object.assign(blur.uniforms.direction ?? {}, { value: new Vector2(x / MAP_PX, y / MAP_PX) });
      Object.assign(blur.uniforms.sigma ?? {}, { value: sigmaPx });
      limitTo(to, reached);
      renderer.setRenderTarget(to);
      renderer.render(passScene, below);
      to.scissorTest = false;
    }
    return after;
  }

  return {
    mesh,
    update(renderer, scene, points) {
      const { box, isWhole } = boxOf(points);
      const size = box.getSize(new Vector3());
      const centre = box.getCenter(new Vector3());
      const height = Math.max(size.y, 1e-6);
      const width = Math.max(size.x, size.z, height * 0.15) * SPREAD;
      const half = width / 2;
      // Looks up from the ground. Its picture is mirrored against a plane that faces up: up = -Z makes the axes agree.
      Object.assign(below, { left: -half, right: half, top: half, bottom: -half, near: 0, far: height * 1.001 });
      below.position.set(centre.x, box.min.y - height * 0.0005, centre.z);
      below.up.set(0, 0, -1);
      below.lookAt(centre.x, box.min.y + height, centre.z);
      below.updateProjectionMatrix();
      below.updateMatrixWorld(true);

      const hidden = scene.children.filter((child) => child.visible && child.name.match(/^(backdrop|ground shadow)$/));
      for (const child of hidden) child.visible = false;
      const background = scene.background;
      scene.background = null;
      scene.overrideMaterial = cover;
      const alphaBefore = renderer.getClearAlpha();
      renderer.setClearColor(0x000000, 0);
      renderer.setRenderTarget(front);
      renderer.clear();
      const isKnown = isWhole && drawnVertexCount(scene) * 3 === points.length;
      renderer.render(scene, below);
      scene.overrideMaterial = null;
      scene.background = background;
      for (const child of hidden) child.visible = true;
      // A tight blur keeps the contact, a wide one makes the room.
      renderer.setRenderTarget(back);
      renderer.clear();
      const footprint = [size.x, size.z].map((edge) => Math.ceil(((edge / width) * MAP_PX) / 2) + BORDER_PX);
      const [x = 0, z = 0] = isKnown ? footprint : [MAP_PX, MAP_PX];
      blurOnce(renderer, 9, blurOnce(renderer, 3, [x, z]));
      renderer.setRenderTarget(null);
      renderer.setClearColor(0x000000, alphaBefore);

      mesh.scale.set(-width, width, 1);
      mesh.rotation.set(-Math.PI / 2, 0, 0);
      material.side = DoubleSide;
      mesh.position.set(centre.x, box.min.y - Math.max(height, width) * 0.002, centre.z);
      mesh.updateMatrixWorld(true);
    },
    showFor(camera) {
      mesh.visible = camera.getWorldPosition(new Vector3()).y > mesh.position.y;
    },
    hide() {
      mesh.visible = false;
    },
    dispose() {
      for (const part of [front, back, cover, blur, material, mesh.geometry, pass.geometry]) part.dispose();
    },
  };
}

/** Nothing is drawn farther than `reach` pixels from the middle, where all is nought. */
function limitTo(target: WebGLRenderTarget, reach: readonly [number, number]): void {
  const [x, y] = reach.map((pixels) => Math.min(pixels, MAP_PX / 2));
  if (x === undefined || y === undefined) return;
  target.scissor.set(MAP_PX / 2 - x, MAP_PX / 2 - y, 2 * x, 2 * y);
  target.scissorTest = true;
}

/** The box of all points that are numbers, and whether all of them are. */
function boxOf(points: Float32Array): { readonly box: Box3; readonly isWhole: boolean } {
  const box = new Box3();
  const point = new Vector3();
  let isWhole = true;
  for (let i = 0; i + 2 < points.length; i += 3) {
    point.fromArray(points, i);
    if (Number.isFinite(point.x + point.y + point.z)) box.expandByPoint(point);
    else isWhole = false;
  }
  return { box: box.isEmpty() ? box.set(new Vector3(), new Vector3()) : box, isWhole };
}
