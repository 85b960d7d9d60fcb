/** What the wall costs: one asset of about 1 MB, reviewed in this process and behind the wall by turns; nothing is drawn. */
import { readFile } from 'node:fs/promises';
import { openSandbox } from '../../app/sandbox/pool.ts';
import { type AssetReviewer, type Assignment, formatBytes, inProcessReviewer, type Renderer } from '../../src/index.ts';
import { selectRule } from '../../src/policy/select.ts';
import { gridCorners } from '../../test/house-scene.ts';
import { clouds, picture, startGlb } from '../../test/make-glb.ts';

const ROUNDS = 5;

const renderer: Renderer = {
  open: async () => ({ kind: 'not-rendered', why: 'nobody looks' }),
  close: async () => {},
};

/** A textured grid of a megabyte. */
async function megabyte(): Promise<Uint8Array<ArrayBuffer>> {
  const bench = startGlb();
  const { positions, uvs } = gridCorners(64);
  const attributes = {
    POSITION: bench.accessor('VEC3', positions, { vertex: true, bounds: true }),
    TEXCOORD_0: bench.accessor('VEC2', uvs, { vertex: true }),
  };
  bench.image(await picture([320, 320], 'png', clouds), 'image/png');
  bench.json.textures = [{ source: 0 }];
  bench.json.materials = [{ pbrMetallicRoughness: { baseColorTexture: { index: 0 } } }];
  bench.json.meshes = [{ primitives: [{ attributes, material: 0 }] }];
  bench.json.nodes = [{ mesh: 0 }];
  bench.json.scenes = [{ nodes: [0] }];
  return bench.bytes();
}

function assignmentOf(bytes: Uint8Array<ArrayBuffer>): Assignment {
  const selected = selectRule(undefined, 'a.glb', { target: 'three' });
  if (selected.kind !== 'assigned') throw new Error(selected.why);
  const asset = { path: 'a.glb', change: 'added', blob: '', mode: '100644', byteLength: bytes.byteLength } as const;
  return { asset, rule: selected.rule, bytes, manifests: [] };
}

async function timed(reviewer: AssetReviewer, assignment: Assignment): Promise<number> {
  const startedMs = performance.now();
  await reviewer.review(assignment, {
    readSibling: async () => ({ kind: 'missing' }),
    onStage: () => {},
    signal: new AbortController().signal,
  });
  return performance.now() - startedMs;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const [name] = process.argv.slice(2);
const bytes = name === undefined ? await megabyte() : new Uint8Array(await readFile(name));
const assignment = assignmentOf(bytes);
const sandbox = openSandbox();
const sides = {
  here: inProcessReviewer({ renderer, now: () => performance.now() }),
  wall: sandbox.openReviewer(renderer),
};
// Both warm: the first asset compiles the code.
const firstMs = await timed(sides.wall, assignment);
await timed(sides.here, assignment);
const times: { readonly here: number[]; readonly wall: number[] } = { here: [], wall: [] };
for (let round = 0; round < ROUNDS; round++) {
  times.here.push(await timed(sides.here, assignment));
  times.wall.push(await timed(sides.wall, assignment));
}
await sandbox.close();
const [here, wall] = [median(times.here), median(times.wall)];
console.log(`${formatBytes(bytes.byteLength)}, Node ${process.versions.node}, median of ${ROUNDS}`);
console.log(`in this process   ${here.toFixed(0)} ms`);
console.log(`behind the wall   ${wall.toFixed(0)} ms, ${(((wall - here) / here) * 100).toFixed(1)} % more`);
console.log(`the first asset   ${firstMs.toFixed(0)} ms, with the start of its process`);
