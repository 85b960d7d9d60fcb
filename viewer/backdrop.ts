/** What stands behind the model: flat, or a soft gradient drawn inside the scene so that glass can see it. */
import { Color, LinearSRGBColorSpace, Mesh, PlaneGeometry, ShaderMaterial } from 'three';

/** A flat colour, or a radial gradient from the middle of the frame to its corners; sRGB hexadecimal numbers. */
export type Background = { readonly flat: number } | { readonly inner: number; readonly outer: number };

/** The guard's background: between white and grey models, so that both have an outline. */
export const GUARD_BACKGROUND: Background = Object.freeze({ flat: 0xe9ecf0 });
/** Behind most models. */
export const LIGHT_BACKGROUND: Background = Object.freeze({ inner: 0xf8fafc, outer: 0xd3dae2 });
/** Behind models so bright that they would vanish before the light one. */
export const DIM_BACKGROUND: Background = Object.freeze({ inner: 0xd5dbe2, outer: 0xa3aeba });
/** For people who prefer the dark. */
export const DARK_BACKGROUND: Background = Object.freeze({ inner: 0x2a313c, outer: 0x11151b });

/** The gradient's mesh; one for each scene. */
export interface Backdrop {
  readonly mesh: Mesh;
  set(inner: number, outer: number): void;
}

const VERTEX = /* glsl */ `
varying vec2 vPlace;
void main() {
  vPlace = position.xy;
  gl_Position = vec4(position.xy, 1.0, 1.0);
}`;

// The colours mix in sRGB, as a painter would; the last line turns them into what the target wants (linear for the
// transmission pass). The noise of 1/255 hides the bands that 8 bits would show in so flat a gradient.
const FRAGMENT = /* glsl */ `
uniform vec3 inner;
uniform vec3 outer;
varying vec2 vPlace;
float noise(vec2 p) { return fract(52.9829189 * fract(dot(p, vec2(0.06711056, 0.00583715)))); }
vec3 toLinear(vec3 c) { return mix(c / 12.92, pow((c + 0.055) / 1.055, vec3(2.4)), step(0.04045, c)); }
void main() {
  float away = smoothstep(0.0, 1.0, length((vPlace - vec2(0.0, 0.12)) * vec2(0.66, 0.72)));
  vec3 colour = mix(inner, outer, away) + (noise(gl_FragCoord.xy) - 0.5) / 255.0;
  gl_FragColor = vec4(toLinear(clamp(colour, 0.0, 1.0)), 1.0);
  #include <colorspace_fragment>
}`;

/** Makes a backdrop, hidden until `set`. */
export function createBackdrop(): Backdrop {
  const inner = new Color();
  const outer = new Color();
  const material = new ShaderMaterial({
    vertexShader: VERTEX,
    fragmentShader: FRAGMENT,
    uniforms: { inner: { value: inner }, outer: { value: outer } },
    depthTest: false,
    depthWrite: false,
    toneMapped: false,
  });
  const mesh = new Mesh(new PlaneGeometry(2, 2), material);
  mesh.name = 'backdrop';
  mesh.frustumCulled = false;
  mesh.renderOrder = -1e9;
  mesh.visible = false;
  return {
    mesh,
    set(innerHex, outerHex) {
      // Kept as sRGB numbers: the shader mixes them before it converts.
      inner.setHex(innerHex, LinearSRGBColorSpace);
      outer.setHex(outerHex, LinearSRGBColorSpace);
    },
  };
}
