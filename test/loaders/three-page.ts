/** Runs in the browser: three.js with just the decoders that the address names. */
import { type BufferGeometry, type Object3D, WebGLRenderer } from 'three';
import { MeshoptDecoder } from 'three/addons/libs/meshopt_decoder.module.js';
import { DRACOLoader } from 'three/addons/loaders/DRACOLoader.js';
import { GLTFLoader } from 'three/addons/loaders/GLTFLoader.js';
import { KTX2Loader } from 'three/addons/loaders/KTX2Loader.js';
import { boxOf, type Seen } from './seen.ts';

declare global {
  interface Window {
    load?: (url: string, decoders: readonly string[]) => Promise<Seen>;
  }
}

// One for all files: its workers and the context stay.
let ktx2: KTX2Loader | undefined;

window.load = async (url, decoders) => {
  const loader = new GLTFLoader();
  if (decoders.includes('meshopt')) loader.setMeshoptDecoder(MeshoptDecoder);
  if (decoders.includes('draco')) loader.setDRACOLoader(new DRACOLoader().setDecoderPath('/draco/'));
  if (decoders.includes('ktx2')) {
    ktx2 ??= new KTX2Loader().setTranscoderPath('/basis/').detectSupport(new WebGLRenderer());
    loader.setKTX2Loader(ktx2);
  }
  // A texture that cannot be decoded is only logged: here it is an error.
  const failed: string[] = [];
  const report = console.error;
  console.error = (...args: unknown[]) => failed.push(args.join(' '));
  const { scenes, animations } = await loader.loadAsync(url).finally(() => {
    console.error = report;
  });
  if (failed.length > 0) throw new Error(failed.join('; '));
  const names: string[] = [];
  const meshes: Seen['meshes'][number][] = [];
  for (const scene of scenes) {
    scene.traverse((node: Object3D & { geometry?: BufferGeometry }) => {
      names.push(node.name);
      const position = node.geometry?.attributes.position;
      if (position === undefined) return;
      const values = Array.from({ length: position.count }, (_, i) => [
        position.getX(i),
        position.getY(i),
        position.getZ(i),
      ]).flat();
      meshes.push({ corners: node.geometry?.index?.count ?? position.count, box: boxOf(values) });
    });
  }
  return { names, meshes, clips: Object.fromEntries(animations.map((clip) => [clip.name, clip.duration])) };
};
