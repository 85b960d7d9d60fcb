/** A model of any size, the same in every run: a hilly sheet with three textures, as an artist would export it. */
import { picture, random, startGlb } from '../../test/make-glb.ts';

/** What `hillySheet(1)` comes to. */
const SHEET_BYTES = 8_410_000;
/** 32 bytes of a vertex, and its share of indices. */
const VERTEX_BYTES = 56;

/** About ten megabytes. */
export function tenMegabytes(): Promise<Uint8Array<ArrayBuffer>> {
  return hillySheet(1);
}

/** So many bytes, within a few percent. */
export function sheetOf(byteLength: number): Promise<Uint8Array<ArrayBuffer>> {
  return hillySheet(byteLength / SHEET_BYTES);
}

/** So many bytes of geometry alone, of one grey material; models of other numbers have other bytes. */
export function bareSheet(byteLength: number, number: number): Uint8Array<ArrayBuffer> {
  const glb = startGlb();
  addSheet(glb, Math.round(Math.sqrt(byteLength / VERTEX_BYTES)), random(7));
  glb.json.materials = [{ name: 'grey' }];
  glb.json.extras = { number };
  return glb.bytes();
}

async function hillySheet(scale: number): Promise<Uint8Array<ArrayBuffer>> {
  const texturePx = Math.round(256 * Math.sqrt(scale)) * 4;
  const glb = startGlb();
  const noise = random(7);
  addSheet(glb, Math.round(360 * Math.sqrt(scale)), noise);
  const waves = (shift: number) => (x: number, y: number) =>
    [37, 53, 71].map((step, channel) =>
      Math.round(128 + 70 * Math.sin((x + shift) / step) + 40 * Math.cos(y / (step - channel * 9)) + noise() * 12),
    );
  for (const shift of [0, 100, 200]) {
    glb.image(await picture([texturePx, texturePx], 'png', waves(shift)), 'image/png');
  }
  glb.json.textures = [0, 1, 2].map((source) => ({ source }));
  glb.json.materials = [
    {
      pbrMetallicRoughness: { baseColorTexture: { index: 0 }, metallicRoughnessTexture: { index: 1 } },
      emissiveTexture: { index: 2 },
      emissiveFactor: [0.1, 0.1, 0.1],
    },
  ];
  return glb.bytes();
}

/** One node with one mesh of `edge` × `edge` vertices, of material 0. */
function addSheet(glb: ReturnType<typeof startGlb>, edge: number, noise: () => number): void {
  const count = edge * edge;
  const position = new Float32Array(count * 3);
  const normal = new Float32Array(count * 3);
  const uv = new Float32Array(count * 2);
  for (let at = 0; at < count; at++) {
    const [x, y] = [(at % edge) / (edge - 1), Math.floor(at / edge) / (edge - 1)];
    const slope = Math.cos(x * 9) * 0.45;
    const length = Math.hypot(slope, 1);
    position.set([x, Math.sin(x * 9) * 0.05 + noise() * 0.0005, y], at * 3);
    normal.set([-slope / length, 1 / length, 0], at * 3);
    uv.set([x, y], at * 2);
  }
  const index = new Uint32Array((edge - 1) * (edge - 1) * 6);
  let to = 0;
  for (let row = 0; row < edge - 1; row++) {
    for (let column = 0; column < edge - 1; column++) {
      const at = row * edge + column;
      index.set([at, at + edge, at + 1, at + 1, at + edge, at + edge + 1], to);
      to += 6;
    }
  }
  const attributes = {
    POSITION: glb.accessor('VEC3', position),
    NORMAL: glb.accessor('VEC3', normal),
    TEXCOORD_0: glb.accessor('VEC2', uv),
  };
  const axis = (of: number) => position.filter((_, at) => at % 3 === of).sort();
  const axes = [axis(0), axis(1), axis(2)];
  Object.assign(glb.json.accessors?.[attributes.POSITION] ?? {}, {
    min: axes.map((values) => values[0]),
    max: axes.map((values) => values.at(-1)),
  });
  const indices = glb.accessor('SCALAR', index);
  glb.json.meshes = [{ primitives: [{ attributes, indices, material: 0 }] }];
  glb.json.nodes = [{ mesh: 0, name: 'Sheet' }];
  glb.json.scenes = [{ nodes: [0] }];
}
