/** A model of about ten megabytes, the same in every run: a hilly sheet with three textures, as an artist would export it. */
import { picture, random, startGlb } from '../../test/make-glb.ts';

const EDGE = 360;
const TEXTURE_PX = 1024;

/** Makes it. */
export async function tenMegabytes(): Promise<Uint8Array<ArrayBuffer>> {
  const glb = startGlb();
  const noise = random(7);
  const count = EDGE * EDGE;
  const position = new Float32Array(count * 3);
  const normal = new Float32Array(count * 3);
  const uv = new Float32Array(count * 2);
  for (let at = 0; at < count; at++) {
    const [x, y] = [(at % EDGE) / (EDGE - 1), Math.floor(at / EDGE) / (EDGE - 1)];
    const slope = Math.cos(x * 9) * 0.45;
    const length = Math.hypot(slope, 1);
    position.set([x, Math.sin(x * 9) * 0.05 + noise() * 0.0005, y], at * 3);
    normal.set([-slope / length, 1 / length, 0], at * 3);
    uv.set([x, y], at * 2);
  }
  const index = new Uint32Array((EDGE - 1) * (EDGE - 1) * 6);
  let to = 0;
  for (let row = 0; row < EDGE - 1; row++) {
    for (let column = 0; column < EDGE - 1; column++) {
      const at = row * EDGE + column;
      index.set([at, at + EDGE, at + 1, at + 1, at + EDGE, at + EDGE + 1], to);
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
  const waves = (shift: number) => (x: number, y: number) =>
    [37, 53, 71].map((step, channel) =>
      Math.round(128 + 70 * Math.sin((x + shift) / step) + 40 * Math.cos(y / (step - channel * 9)) + noise() * 12),
    );
  for (const shift of [0, 100, 200]) {
    glb.image(await picture([TEXTURE_PX, TEXTURE_PX], 'png', waves(shift)), 'image/png');
  }
  glb.json.textures = [0, 1, 2].map((source) => ({ source }));
  glb.json.materials = [
    {
      pbrMetallicRoughness: { baseColorTexture: { index: 0 }, metallicRoughnessTexture: { index: 1 } },
      emissiveTexture: { index: 2 },
      emissiveFactor: [0.1, 0.1, 0.1],
    },
  ];
  glb.json.meshes = [{ primitives: [{ attributes, indices, material: 0 }] }];
  glb.json.nodes = [{ mesh: 0, name: 'Sheet' }];
  glb.json.scenes = [{ nodes: [0] }];
  return glb.bytes();
}
