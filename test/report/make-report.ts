/** Reports for tests, by hand: two shrunk files, and one of each other verdict. */
import type { AssetReport, AssetStats, Report } from '../../src/report/report.ts';
import { totalsOf } from '../../src/report/report.ts';

/** Stats of a small file; overridden in part. */
export function makeStats(part: Partial<AssetStats> = {}): AssetStats {
  return {
    byteLength: 1_200_000,
    gpuByteLength: 8_000_000,
    triangleCount: 6952,
    vertexCount: 20_856,
    drawCallCount: 1,
    nodeCount: 3,
    meshCount: 1,
    materialCount: 1,
    textureCount: 1,
    textureByteLength: 900_000,
    animationCount: 0,
    extensionsUsed: [],
    extensionsRequired: [],
    loadTimeMs: null,
    ...part,
  };
}

/** An unchanged file; overridden in part. */
export function makeAsset(part: Partial<AssetReport> = {}): AssetReport {
  return {
    path: 'public/models/crate.glb',
    verdict: 'unchanged',
    why: 'already optimized by glb-optimizer 0.1.0',
    before: makeStats(),
    after: null,
    sourceDigest: 'a'.repeat(64),
    outputDigest: null,
    sourceBlob: 'b'.repeat(40),
    steps: [],
    visual: { skipped: 'nothing to compare' },
    findings: [],
    requires: [],
    images: {},
    durationMs: 800,
    ...part,
  };
}

const MESHOPT = {
  extension: 'EXT_meshopt_compression',
  hint: "import { MeshoptDecoder } from 'three/addons/libs/meshopt_decoder.module.js';\nloader.setMeshoptDecoder(MeshoptDecoder);",
};
const RENDERER = 'Chromium 141.0.7390.37, SwiftShader';

/** The big scene: 51.9 MB to 4.43 MB. */
export const SCENE = makeAsset({
  path: 'public/models/scifi-level.glb',
  verdict: 'improved',
  why: 'the smallest of 3 candidates that passed',
  before: makeStats({
    byteLength: 51_900_000,
    gpuByteLength: 420_000_000,
    triangleCount: 1_536_000,
    vertexCount: 4_608_000,
    drawCallCount: 84,
    nodeCount: 120,
    meshCount: 84,
    materialCount: 12,
    textureCount: 36,
    textureByteLength: 44_000_000,
    loadTimeMs: 2140,
  }),
  after: makeStats({
    byteLength: 4_430_000,
    gpuByteLength: 64_000_000,
    triangleCount: 1_536_000,
    vertexCount: 4_608_000,
    drawCallCount: 84,
    nodeCount: 120,
    meshCount: 84,
    materialCount: 12,
    textureCount: 36,
    textureByteLength: 2_100_000,
    extensionsUsed: ['EXT_meshopt_compression', 'EXT_texture_webp', 'KHR_mesh_quantization'],
    extensionsRequired: ['EXT_meshopt_compression', 'EXT_texture_webp', 'KHR_mesh_quantization'],
    loadTimeMs: 610,
  }),
  outputDigest: 'c'.repeat(64),
  steps: [
    { name: 'dedup', outcome: 'applied', why: '14 accessors were there twice', byteLengthAfter: 51_200_000 },
    { name: 'simplify', outcome: 'skipped', why: 'structure: keep', byteLengthAfter: 51_200_000 },
    { name: 'textures', outcome: 'applied', why: '36 images to WebP', byteLengthAfter: 9_300_000 },
    { name: 'meshopt', outcome: 'applied', why: 'positions in 14 bits', byteLengthAfter: 4_430_000 },
  ],
  visual: {
    metric: 'FLIP-D',
    score: 0.62,
    limit: 1.5,
    views: [
      { name: 'front', score: 0.41 },
      { name: 'three-quarter', score: 0.62 },
      { name: 'top', score: 0.2 },
    ],
    renderer: RENDERER,
  },
  requires: [MESHOPT],
  images: {
    comparison: 'images/public-models-scifi-level-3f2a9c01-comparison.webp',
    sheet: 'images/public-models-scifi-level-3f2a9c01-sheet.webp',
  },
  durationMs: 28_400,
});

/** A prop with fewer triangles, and over a budget. */
export const PROP = makeAsset({
  path: 'public/props/Lamp (old) | v2.glb',
  verdict: 'improved',
  why: 'the smallest of 2 candidates that passed',
  after: makeStats({ byteLength: 520_000, gpuByteLength: 8_000_000, triangleCount: 5800, textureByteLength: 310_000 }),
  outputDigest: 'd'.repeat(64),
  steps: [{ name: 'textures', outcome: 'applied', why: '1 image to WebP', byteLengthAfter: 520_000 }],
  visual: {
    metric: 'FLIP-D',
    score: 1.21,
    limit: 1.5,
    views: [{ name: 'front', score: 1.21 }],
    renderer: RENDERER,
  },
  findings: [
    {
      code: 'BUDGET_EXCEEDED',
      severity: 'error',
      pointer: '',
      message: 'triangles: 5,800, the budget is 5,000',
    },
  ],
  requires: [MESHOPT],
  images: { comparison: 'images/public-props-lamp-old-v2-77b0e1aa-comparison.webp' },
  durationMs: 3_100,
});

/** One that looks different, and has a picture of it. */
export const DIFFERENT = makeAsset({
  path: 'public/models/glass.glb',
  verdict: 'needs-review',
  why: 'no candidate looked the same',
  after: makeStats({ byteLength: 610_000 }),
  visual: {
    metric: 'FLIP-D',
    score: 2.31,
    limit: 1.5,
    views: [{ name: 'back', score: 2.31 }],
    renderer: RENDERER,
  },
  images: { comparison: 'images/public-models-glass-0badc0de-comparison.webp' },
  findings: [
    { code: 'VISUAL_DIFFERENCE', severity: 'warning', pointer: '', message: 'D 2.31 in view back, the limit is 1.5' },
  ],
});

/** Text that tries everything: Markdown, HTML, mentions, issues, bidirectional controls. */
export const EVIL_PATH = 'a|b`c<img src=x onerror=alert(1)>@octocat #12 [x](http://evil.example)\n## h\u202Ebl.glb';

/** One that cannot be opened. */
export const REFUSED = makeAsset({
  path: EVIL_PATH,
  verdict: 'refused',
  why: 'not a GLB: <b>fixes #1</b> @octocat www.evil.example :tada:',
  before: makeStats({ byteLength: 12, gpuByteLength: 0, triangleCount: 0, vertexCount: 0, drawCallCount: 0 }),
  sourceBlob: null,
  findings: [
    { code: 'GLB_NOT_A_GLB', severity: 'error', pointer: '', message: 'The first four bytes are "PK\u0003\u0004".' },
    { code: 'GLTF_INDEX', severity: 'error', pointer: '/meshes/0', message: 'accessor 9 | of 3' },
  ],
});

/** Our own fault. */
export const FAILED = makeAsset({
  path: 'public/models/tower.glb',
  verdict: 'failed',
  why: 'the encoder ran out of time',
});

/** A report of these assets. */
export function makeReport(assets: readonly AssetReport[], commit: string | null = null): Report {
  return {
    schemaVersion: 1,
    tool: { name: 'glb-optimizer', version: '0.1.0' },
    job: {
      kind: 'pull-request',
      repository: 'octo/shop',
      baseCommit: '1'.repeat(40),
      headCommit: '2'.repeat(40),
      branch: 'add-models',
      commit,
    },
    totals: totalsOf(assets),
    assets: [...assets],
  };
}
