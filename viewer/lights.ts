/** The rooms a model can stand in. The studio comes with the stage; the others are made when they are first chosen. */
import {
  BackSide,
  Color,
  Mesh,
  MeshBasicMaterial,
  PMREMGenerator,
  Scene,
  ShaderMaterial,
  SphereGeometry,
  type Texture,
  Vector3,
} from 'three';
import type { Stage } from './scene.ts';
import type { LightName } from './state.ts';

/** A sky: colours at the zenith, the horizon and the ground, and a sun. Linear values; 1 is a white wall in the studio. */
interface Sky {
  readonly zenith: readonly [number, number, number];
  readonly horizon: readonly [number, number, number];
  readonly ground: readonly [number, number, number];
  readonly sun: {
    readonly colour: readonly [number, number, number];
    readonly from: readonly [number, number, number];
  };
}

const SKIES: Readonly<Record<Exclude<LightName, 'studio'>, Sky>> = {
  outdoor: {
    zenith: [0.32, 0.55, 1.05],
    horizon: [0.95, 1.05, 1.15],
    ground: [0.34, 0.31, 0.27],
    sun: { colour: [95, 88, 76], from: [0.55, 0.72, 0.5] },
  },
  evening: {
    zenith: [0.1, 0.12, 0.28],
    horizon: [1.35, 0.62, 0.34],
    ground: [0.09, 0.075, 0.08],
    sun: { colour: [92, 44, 17], from: [-0.8, 0.17, 0.5] },
  },
};

const VERTEX = /* glsl */ `
varying vec3 vWay;
void main() { vWay = position; gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0); }`;
const FRAGMENT = /* glsl */ `
uniform vec3 zenith;
uniform vec3 horizon;
uniform vec3 ground;
varying vec3 vWay;
void main() {
  float up = normalize(vWay).y;
  vec3 sky = mix(horizon, zenith, pow(max(up, 0.0), 0.55));
  gl_FragColor = vec4(mix(ground, sky, smoothstep(-0.06, 0.03, up)), 1.0);
}`;

/** Makes the light of a name; the caller keeps it. */
export function createLight(stage: Stage, name: Exclude<LightName, 'studio'>): Texture {
  const { zenith, horizon, ground, sun } = SKIES[name];
  const dome = new Mesh(
    new SphereGeometry(50, 48, 32),
    new ShaderMaterial({
      vertexShader: VERTEX,
      fragmentShader: FRAGMENT,
      side: BackSide,
      depthWrite: false,
      uniforms: {
        zenith: { value: new Vector3(...zenith) },
        horizon: { value: new Vector3(...horizon) },
        ground: { value: new Vector3(...ground) },
      },
    }),
  );
  const disc = new Mesh(
    new SphereGeometry(2.2, 24, 16),
    new MeshBasicMaterial({ color: new Color(...sun.colour), toneMapped: false }),
  );
  disc.position.set(...sun.from).setLength(30);
  const scene = new Scene();
  scene.add(dome, disc);
  const generator = new PMREMGenerator(stage.renderer);
  // The blur keeps the small bright sun from leaving fireflies.
  const { texture } = generator.fromScene(scene, 0.03);
  generator.dispose();
  for (const { geometry, material } of [dome, disc]) {
    geometry.dispose();
    material.dispose();
  }
  return texture;
}
