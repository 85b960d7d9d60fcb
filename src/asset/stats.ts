/** The statistics of a file, as reports carry them. */

/** What we measured of one file; the report's schema describes each field. */
export interface AssetStats {
  /** Bytes on disk. */
  byteLength: number;
  /** Bytes decoded for the GPU: vertex and index data, and textures with their mip levels. */
  gpuByteLength: number;
  /** Drawn: every node counts, and so on below. */
  triangleCount: number;
  vertexCount: number;
  drawCallCount: number;
  nodeCount: number;
  meshCount: number;
  materialCount: number;
  textureCount: number;
  /** Bytes of all images, as stored. */
  textureByteLength: number;
  animationCount: number;
  extensionsUsed: string[];
  extensionsRequired: string[];
  /** Milliseconds in the headless viewer; null without one. */
  loadTimeMs: number | null;
}

/** What is known of a file that was not opened: its length. */
export function unopenedStats(byteLength: number): AssetStats {
  const none = {
    gpuByteLength: 0,
    triangleCount: 0,
    vertexCount: 0,
    drawCallCount: 0,
    nodeCount: 0,
    meshCount: 0,
    materialCount: 0,
  };
  const rest = {
    textureCount: 0,
    textureByteLength: 0,
    animationCount: 0,
    extensionsUsed: [],
    extensionsRequired: [],
    loadTimeMs: null,
  };
  return { byteLength, ...none, ...rest };
}
