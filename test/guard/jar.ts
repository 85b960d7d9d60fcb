/** A glazed jar with a knob on its lid, built by code: fine texture, normal map, two parts. */
import type { GlbFile } from '../../src/ports.ts';
import { picture, startGlb } from '../make-glb.ts';

/** Radius and height in metres, from the foot to the rim. */
const BODY: readonly (readonly [number, number])[] = Array.from({ length: 65 }, (_, i) => {
  const t = i / 64;
  return [0.05 + 0.32 * Math.sin(Math.PI * (0.12 + 0.8 * t)) + 0.02 * Math.sin(9 * t), t];
});
const KNOB: readonly (readonly [number, number])[] = Array.from({ length: 17 }, (_, i) => {
  const angle = (i / 16 - 0.5) * Math.PI;
  return [0.06 * Math.cos(angle), 1.05 + 0.06 * Math.sin(angle)];
});

/** The jar's file: the same bytes in every run. */
export async function makeJar(): Promise<GlbFile> {
  const bench = startGlb();
  const { json } = bench;
  const part = (profile: typeof BODY, sides: number): number => {
    const { position, normal, uv, indices } = turn(profile, sides);
    const attributes = {
      POSITION: bench.accessor('VEC3', position, { bounds: true, vertex: true }),
      NORMAL: bench.accessor('VEC3', normal, { vertex: true }),
      TEXCOORD_0: bench.accessor('VEC2', uv, { vertex: true }),
    };
    json.meshes = json.meshes ?? [];
    return (
      json.meshes.push({ primitives: [{ attributes, indices: bench.accessor('SCALAR', indices), material: 0 }] }) - 1
    );
  };
  json.nodes = [
    { name: 'Body', mesh: part(BODY, 96) },
    { name: 'Knob', mesh: part(KNOB, 32) },
  ];
  json.scenes = [{ nodes: [0, 1] }];
  const colour = bench.image(await picture([512, 512], 'png', glaze), 'image/png');
  const relief = bench.image(await picture([256, 256], 'png', bumps), 'image/png');
  json.textures = [{ source: colour }, { source: relief }];
  json.materials = [
    {
      name: 'glaze',
      pbrMetallicRoughness: { baseColorTexture: { index: 0 }, metallicFactor: 0, roughnessFactor: 0.45 },
      normalTexture: { index: 1 },
    },
  ];
  return { bytes: bench.bytes(), siblings: new Map() };
}

/** Bands of colour with painted leaves and the grain of clay. */
function glaze(x: number, y: number): readonly number[] {
  const grain = (((x * 73) ^ (y * 151) ^ ((x * y) >> 3)) % 17) - 8;
  const band = Math.sin(y / 21) > 0.2;
  const leaf = Math.sin(x / 9) * Math.cos(y / 7 + Math.sin(x / 31)) > 0.45;
  const [r, g, b] = leaf ? [214, 186, 92] : band ? [42, 92, 128] : [176, 84, 52];
  return [r + grain, g + grain, b + grain];
}

/** A hammered surface, as a tangent-space normal map. */
function bumps(x: number, y: number): readonly number[] {
  const [u, v] = [(x / 256) * 2 * Math.PI, (y / 256) * 2 * Math.PI];
  const [dx, dy] = [0.35 * Math.cos(20 * u) * Math.sin(14 * v), 0.35 * Math.sin(20 * u) * Math.cos(14 * v)];
  const length = Math.hypot(dx, dy, 1);
  return [dx, dy, 1].map((value) => Math.round((value / length) * 127.5 + 127.5));
}

/** A profile turned around the y axis; the seam has its vertices twice. */
function turn(profile: typeof BODY, sides: number) {
  const [position, normal, uv, indices]: [number[], number[], number[], number[]] = [[], [], [], []];
  const rows = profile.length;
  for (const [row, [radius, height]] of profile.entries()) {
    const [before, after] = [profile[Math.max(0, row - 1)], profile[Math.min(rows - 1, row + 1)]];
    const [dr, dh] = [(after?.[0] ?? 0) - (before?.[0] ?? 0), (after?.[1] ?? 0) - (before?.[1] ?? 0)];
    const length = Math.hypot(dr, dh);
    for (let side = 0; side <= sides; side++) {
      const angle = (side / sides) * 2 * Math.PI;
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      position.push(radius * c, height, radius * s);
      normal.push((c * dh) / length, -dr / length, (s * dh) / length);
      uv.push((side / sides) * 2, 1 - row / (rows - 1));
      if (side === sides || row === rows - 1) continue;
      const corner = row * (sides + 1) + side;
      const above = corner + sides + 1;
      indices.push(corner, above, corner + 1, corner + 1, above, above + 1);
    }
  }
  return {
    position: Float32Array.from(position),
    normal: Float32Array.from(normal),
    uv: Float32Array.from(uv),
    indices: Uint16Array.from(indices),
  };
}
