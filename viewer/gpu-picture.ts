/** A texture that only the GPU can read, such as KTX2, as a picture that a page can show. */
import {
  Mesh,
  NoBlending,
  OrthographicCamera,
  PlaneGeometry,
  ShaderMaterial,
  SRGBColorSpace,
  type Texture,
  type WebGLRenderer,
  WebGLRenderTarget,
} from 'three';

const VERTEX = /* glsl */ `
varying vec2 vUv;
void main() {
  vUv = uv;
  gl_Position = vec4(position.xy, 0.0, 1.0);
}`;
// Colours come out of the sampler linear; a picture holds them as stored.
const FRAGMENT = /* glsl */ `
uniform sampler2D map;
uniform bool isColour;
varying vec2 vUv;
vec3 toStored(vec3 c) { return mix(c * 12.92, 1.055 * pow(c, vec3(1.0 / 2.4)) - 0.055, step(0.0031308, c)); }
void main() {
  vec4 texel = texture2D(map, vUv);
  gl_FragColor = vec4(isColour ? toStored(texel.rgb) : texel.rgb, texel.a);
}`;

/** The largest level of a texture as a PNG; null when it has no size. */
export async function pictureOf(renderer: WebGLRenderer, texture: Texture): Promise<Blob | null> {
  const image: unknown = texture.image;
  const [width, height] = [numberOf(image, 'width'), numberOf(image, 'height')];
  if (width === 0 || height === 0) return null;
  const material = new ShaderMaterial({
    vertexShader: VERTEX,
    fragmentShader: FRAGMENT,
    uniforms: { map: { value: texture }, isColour: { value: texture.colorSpace === SRGBColorSpace } },
    depthTest: false,
    blending: NoBlending,
    toneMapped: false,
  });
  const quad = new Mesh(new PlaneGeometry(2, 2), material);
  quad.frustumCulled = false;
  const target = new WebGLRenderTarget(width, height, { depthBuffer: false });
  const pixels = new Uint8ClampedArray(width * height * 4);
  renderer.setRenderTarget(target);
  renderer.render(quad, new OrthographicCamera());
  renderer.setRenderTarget(null);
  // The first row of a glTF texture is its top, and so is the first that is read.
  await renderer.readRenderTargetPixelsAsync(target, 0, 0, width, height, pixels);
  target.dispose();
  material.dispose();
  quad.geometry.dispose();
  const paper = new OffscreenCanvas(width, height);
  paper.getContext('2d')?.putImageData(new ImageData(pixels, width, height), 0, 0);
  return paper.convertToBlob({ type: 'image/png' });
}

function numberOf(value: unknown, key: string): number {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return typeof found === 'number' ? found : 0;
}
