/** Filters three's RoomEnvironment in a browser, as a page would at run time. Bundled by environment.ts. */
import { PMREMGenerator, WebGLRenderer } from 'three';
import { RoomEnvironment } from 'three/addons/environments/RoomEnvironment.js';
import { ENVIRONMENT_FACE_PX, ENVIRONMENT_LEVELS, ENVIRONMENT_PIXELS } from '../viewer/environment.ts';

declare global {
  interface Window {
    /** RGBA half floats as base64, level by level, face by face. */
    makePmrem(): string;
  }
}

// Blur of the room's hard edges in radians, as in three's examples and in model-viewer.
const SIGMA = 0.04;

window.makePmrem = () => {
  const renderer = new WebGLRenderer();
  const target = new PMREMGenerator(renderer).fromScene(new RoomEnvironment(), SIGMA);
  const context = renderer.getContext();
  if (!(context instanceof WebGL2RenderingContext)) throw new Error('no WebGL2');
  const properties: unknown = renderer.properties.get(target.texture);
  const texture: unknown =
    typeof properties === 'object' && properties ? Reflect.get(properties, '__webglTexture') : null;
  if (!(texture instanceof WebGLTexture)) throw new Error('no texture');
  const framebuffer = context.createFramebuffer();
  context.bindFramebuffer(context.FRAMEBUFFER, framebuffer);
  const rgba = new Uint16Array(ENVIRONMENT_PIXELS * 4);
  let start = 0;
  for (let level = 0; level < ENVIRONMENT_LEVELS; level++) {
    const width = ENVIRONMENT_FACE_PX >> level;
    for (let face = 0; face < 6; face++) {
      const side = context.TEXTURE_CUBE_MAP_POSITIVE_X + face;
      context.framebufferTexture2D(context.FRAMEBUFFER, context.COLOR_ATTACHMENT0, side, texture, level);
      const pixels = new Uint16Array(width * width * 4);
      context.readPixels(0, 0, width, width, context.RGBA, context.HALF_FLOAT, pixels);
      rgba.set(pixels, start);
      start += pixels.length;
    }
  }
  const bytes = new Uint8Array(rgba.buffer);
  let text = '';
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
};
