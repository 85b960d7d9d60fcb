/** Reports for tests that are not about reports. */
import { type AssetReport, type Report, TOOL } from '../../src/index.ts';

const STATS: AssetReport['before'] = {
  byteLength: 1000,
  gpuByteLength: 2000,
  triangleCount: 12,
  vertexCount: 24,
  drawCallCount: 1,
  nodeCount: 1,
  meshCount: 1,
  materialCount: 1,
  textureCount: 0,
  textureByteLength: 0,
  animationCount: 0,
  extensionsUsed: [],
  extensionsRequired: [],
  loadTimeMs: null,
};

/** A report without assets. */
export function emptyReport(): Report {
  return reportOf([]);
}

/** A report whose assets have what matters to the test, and some values for the rest. */
export function reportOf(assets: readonly (Partial<AssetReport> & Pick<AssetReport, 'path' | 'verdict'>)[]): Report {
  return {
    schemaVersion: 1,
    tool: { ...TOOL },
    job: { kind: 'files', repository: null, baseCommit: null, headCommit: null, branch: null, commit: null },
    totals: { assetCount: assets.length, byteLengthBefore: 0, byteLengthAfter: 0, savedBytes: 0, savedRatio: 0 },
    assets: assets.map((asset) => ({
      why: 'a test',
      before: STATS,
      after: null,
      sourceDigest: null,
      outputDigest: null,
      sourceBlob: null,
      steps: [],
      visual: { skipped: 'a test' },
      findings: [],
      requires: [],
      images: {},
      durationMs: 1,
      ...asset,
    })),
  };
}
