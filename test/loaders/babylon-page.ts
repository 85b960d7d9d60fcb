/** Runs in the browser: Babylon.js without a GPU, its decoders from this machine. */
import { DracoDecoder, LoadAssetContainerAsync, MeshoptCompression, NullEngine, Scene } from '@babylonjs/core';
import '@babylonjs/loaders/glTF/2.0/index.js';
import { boxOf, type Seen } from './seen.ts';

declare global {
  interface Window {
    load?: (url: string, decoders: readonly string[]) => Promise<Seen>;
  }
}

MeshoptCompression.Configuration = { decoder: { url: '/meshopt/meshopt_decoder.cjs' } };
DracoDecoder.DefaultConfiguration = {
  wasmUrl: '/draco/draco_wasm_wrapper.js',
  wasmBinaryUrl: '/draco/draco_decoder.wasm',
  fallbackUrl: '/draco/draco_decoder.js',
  numWorkers: 0,
};

window.load = async (url) => {
  const scene = new Scene(new NullEngine());
  const container = await LoadAssetContainerAsync(url, scene);
  const parts = container.meshes.filter((mesh) => mesh.getTotalVertices() > 0);
  return {
    names: [...container.transformNodes, ...container.meshes, ...container.cameras].map(({ name }) => name).sort(),
    meshes: parts.map((mesh) => ({
      corners: mesh.getTotalIndices() || mesh.getTotalVertices(),
      box: boxOf(mesh.getVerticesData('position') ?? []),
    })),
    clips: Object.fromEntries(container.animationGroups.map((clip) => [clip.name, clip.getLength()])),
  };
};
