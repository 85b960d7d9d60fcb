/** One small file with a bit of everything: what the contract, the pipeline and the goldens are tried on. */
import { type Bench, bytesOf, clouds, picture, random, startGlb } from './make-glb.ts';

/** Vertices of a grid of `size` × `size` quads over the unit square, two triangles each, without an index. */
export function gridCorners(size: number): { positions: Float32Array<ArrayBuffer>; uvs: Float32Array<ArrayBuffer> } {
  const corners = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 0],
    [1, 1],
    [0, 1],
  ] as const;
  const points: number[] = [];
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) for (const [dx, dy] of corners) points.push((x + dx) / size, (y + dy) / size);
  const uvs = Float32Array.from(points);
  const positions = new Float32Array((uvs.length / 2) * 3);
  for (let v = 0; v < uvs.length / 2; v++) {
    const [x, z] = [uvs[v * 2] ?? 0, uvs[v * 2 + 1] ?? 0];
    positions.set([x, Math.sin(x * 5) * 0.1, z], v * 3);
  }
  return { positions, uvs };
}

/** A skinned, morphed and animated grid with variants, a camera, a light, a texture, extras and an empty named node. */
export async function houseScene(options: { readonly textureSize?: number } = {}): Promise<Bench> {
  const size = options.textureSize ?? 32;
  const bench = startGlb();
  const { json } = bench;
  const { positions, uvs } = gridCorners(8);
  const count = positions.length / 3;
  const up = Float32Array.from({ length: count * 3 }, (_, i) => (i % 3 === 1 ? 1 : 0));
  const bump = positions.map((value, i) => (i % 3 === 1 ? value * 0.5 : 0));
  const weights = Float32Array.from({ length: count * 4 }, (_, i) => [0.75, 0.25, 0, 0][i % 4] ?? 0);
  const joints = Uint16Array.from({ length: count * 4 }, (_, i) => [0, 1, 0, 0][i % 4] ?? 0);
  const attributes = {
    POSITION: bench.accessor('VEC3', positions, { vertex: true, bounds: true, name: 'positions' }),
    NORMAL: bench.accessor('VEC3', up, { vertex: true, extras: { smooth: true } }),
    TEXCOORD_0: bench.accessor('VEC2', uvs, { vertex: true }),
    JOINTS_0: bench.accessor('VEC4', joints, { vertex: true }),
    WEIGHTS_0: bench.accessor('VEC4', weights, { vertex: true }),
  };
  const identity = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
  const inverse = bench.accessor('MAT4', Float32Array.from([...identity, ...identity]));
  const times = bench.accessor('SCALAR', Float32Array.of(0, 0.5, 1, 2), { bounds: true });
  const turn = bench.accessor('VEC4', Float32Array.of(0, 0, 0, 1, 0, 0.6, 0, 0.8, 0, 0.8, 0, 0.6, 0, 0, 0, 1));
  const hold = bench.accessor('VEC3', Float32Array.of(1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3));
  const swell = bench.accessor('SCALAR', Float32Array.of(0, 1, 0.25, 0));
  const image = bench.image(await picture([size, size], 'png', clouds), 'image/png', { name: 'clouds' });
  const material = (name: string, colour: readonly number[]) => ({
    name,
    extras: { shader: name },
    pbrMetallicRoughness: { baseColorFactor: [...colour, 1], baseColorTexture: { index: 0 }, roughnessFactor: 0.7 },
  });
  Object.assign(json, {
    asset: { version: '2.0', copyright: '© a hand', generator: 'test', extras: { author: 'anna' } },
    extras: { project: { id: 7, tags: ['a', 'b'] } },
    extensionsUsed: ['KHR_lights_punctual', 'KHR_materials_variants'],
    extensions: {
      KHR_lights_punctual: { lights: [{ type: 'point', name: 'lamp', intensity: 3.5 }] },
      KHR_materials_variants: { variants: [{ name: 'day' }, { name: 'night' }] },
    },
    scenes: [
      { name: 'main', nodes: [0, 4] },
      { name: 'other', nodes: [5] },
    ],
    nodes: [
      { name: 'root', children: [1, 2], translation: [0.1, 0.2, 0.3], extras: { tag: 'root' } },
      { name: 'figure', mesh: 0, skin: 0, rotation: [0, 0, 0, 1], weights: [0.5] },
      { name: 'hip', children: [3], translation: [0, 1, 0] },
      { name: 'hand', scale: [1, 1, 1] },
      { name: 'eye', camera: 0, extensions: { KHR_lights_punctual: { light: 0 } } },
      { name: 'button_pressed_min' },
    ],
    cameras: [{ type: 'perspective', name: 'view', perspective: { yfov: 0.8, znear: 0.1, zfar: 100 } }],
    materials: [material('red', [1, 0, 0]), material('blue', [0, 0, 1])],
    textures: [{ source: image, sampler: 0, name: 'skin' }],
    samplers: [{ wrapS: 33071, wrapT: 10497, magFilter: 9729, minFilter: 9987 }],
    meshes: [
      {
        name: 'cloth',
        extras: { targetNames: ['bump'] },
        weights: [0],
        primitives: [
          {
            attributes,
            material: 0,
            targets: [{ POSITION: bench.accessor('VEC3', bump, { vertex: true, bounds: true }) }],
            extensions: { KHR_materials_variants: { mappings: [{ material: 1, variants: [1] }] } },
          },
        ],
      },
    ],
    skins: [{ name: 'bones', joints: [2, 3], inverseBindMatrices: inverse, skeleton: 2 }],
    animations: [
      {
        name: 'wave',
        extras: { loop: true },
        samplers: [
          { input: times, output: turn },
          { input: times, output: hold, interpolation: 'LINEAR' },
          { input: times, output: swell, interpolation: 'STEP' },
        ],
        channels: [
          { sampler: 0, target: { node: 3, path: 'rotation' } },
          { sampler: 1, target: { node: 2, path: 'translation' } },
          { sampler: 2, target: { node: 1, path: 'weights' } },
        ],
      },
    ],
  });
  return bench;
}

/** The scene with an extension that nobody knows: it names buffer view and accessor by number. */
export async function pinnedScene(): Promise<{ bench: Bench; view: number; accessor: number; secret: Uint8Array }> {
  const bench = await houseScene();
  const next = random(5);
  const secret = Uint8Array.from({ length: 30 }, () => Math.floor(next() * 256));
  const view = bench.view(secret);
  const accessor = bench.accessor('SCALAR', Float32Array.of(3.25, -1, 7));
  bench.json.extensionsUsed = [...(bench.json.extensionsUsed ?? []), 'ACME_secret'];
  bench.json.extensions = { ...bench.json.extensions, ACME_secret: { blob: view, curve: `#/accessors/${accessor}` } };
  return { bench, view, accessor, secret: bytesOf(secret) };
}
