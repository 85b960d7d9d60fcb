/** A GLB's bytes -> a model that can be drawn, posed and dressed in its variants. */
import {
  type AnimationClip,
  AnimationMixer,
  type Camera,
  Light,
  LoadingManager,
  type Material,
  Mesh,
  type Object3D,
  Scene,
  Texture,
  type WebGLRenderer,
} from 'three';
import { MeshoptDecoder } from 'three/addons/libs/meshopt_decoder.module.js';
import { DRACOLoader } from 'three/addons/loaders/DRACOLoader.js';
import { type GLTF, GLTFLoader } from 'three/addons/loaders/GLTFLoader.js';
import { KTX2Loader } from 'three/addons/loaders/KTX2Loader.js';
import { imagesOf } from '../src/asset/textures.ts';
import type { FileJson } from './glb-file.ts';
import { type KeptPrograms, keepPrograms } from './kept-programs.ts';
import { drawablesOf, drawnTriangleCount, worldPoints } from './points.ts';
import type { StageFiles } from './stage-files.ts';
import { type Variants, variantsOf } from './variants.ts';

/** A loaded GLB in a scene of its own, so that lights and environment of two models never mix. */
export interface LoadedModel {
  readonly scene: Scene;
  readonly root: Object3D;
  readonly clips: readonly AnimationClip[];
  /** Names of `KHR_materials_variants`, in file order. */
  readonly variants: readonly string[];
  /** Cameras of the file. */
  readonly cameras: readonly Camera[];
  readonly triangleCount: number;
  /** What of the file an object or a material was made of, by index; null for what the loader added itself. */
  partOf(made: Object3D | Material): ModelPart | null;
  /** The texture made of an image, by the image's index; null when no texture uses it. */
  textureOf(image: number): Promise<Texture | null>;
  /** What did not load but did not stop the rest, such as a missing image. */
  readonly problems: readonly string[];
  /** From bytes to decoded geometry and images, without drawing. */
  readonly loadTimeMs: number;
  /** World positions of what is drawn, in the current pose. */
  points(): Float32Array;
  /** Puts a clip at a time in seconds; null is the pose as loaded. */
  pose(clip: AnimationClip | null, timeS: number): void;
  /** Null brings the default materials back. */
  selectVariant(name: string | null): Promise<void>;
  /** Shows or hides the lights of the file (hidden after loading: every model stands in the same light). */
  showLights(shown: boolean): void;
  /** Told whenever the pose changed. */
  onPose: (() => void) | null;
  /** Frees GPU memory. */
  dispose(): void;
}

/** Indices into the file's JSON. */
export interface ModelPart {
  readonly node?: number;
  readonly mesh?: number;
  readonly primitive?: number;
  readonly material?: number;
}

/** Loads models for one renderer; keeps the decoders warm. */
export interface ModelLoader {
  load(bytes: Uint8Array<ArrayBuffer>, siblings: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): Promise<LoadedModel>;
  dispose(): void;
}

/** Schemes that only our URL modifier understands: decoder files, and files beside the GLB. */
const DECODER = 'decoder:';
const SIBLING = 'sibling:';

/** Makes a loader with DRACO, meshopt and KTX2 decoders; WebP and AVIF are the browser's. */
export function createModelLoader(renderer: WebGLRenderer, files: StageFiles): ModelLoader {
  const decoderFiles: Record<string, string> = {
    [`${DECODER}draco.js`]: files.dracoScript,
    [`${DECODER}draco.wasm`]: files.dracoWasm,
    [`${DECODER}basis_transcoder.js`]: files.basisScript,
    [`${DECODER}basis_transcoder.wasm`]: files.basisWasm,
  };
  // KTX2 has a loader of its own, with one manager for all files: which file a uri is of, its prefix says.
  const resolvers = new Map<string, (url: string) => string>();
  let loadCount = 0;
  const decoders = new LoadingManager();
  decoders.setURLModifier((url) => {
    const resolve = resolvers.get(/^sibling:\d+:/.exec(url)?.[0] ?? '');
    return decoderFiles[url] ?? resolve?.(url) ?? url;
  });
  const draco = new DRACOLoader(decoders).setDecoderPath({ js: `${DECODER}draco.js`, wasm: `${DECODER}draco.wasm` });
  const kept = keepPrograms(renderer);
  const ktx2 = new KTX2Loader(decoders).setTranscoderPath(DECODER).detectSupport(renderer);
  return {
    async load(bytes, siblings) {
      const started = performance.now();
      const prefix = `${SIBLING}${loadCount++}:`;
      const { manager, problems, resolve, revoke } = siblingManager(siblings, prefix);
      resolvers.set(prefix, resolve);
      // As long as the model lives: a variant's textures are loaded when it is first selected.
      const release = () => {
        resolvers.delete(prefix);
        revoke();
      };
      try {
        const loader = new GLTFLoader(manager).setDRACOLoader(draco).setKTX2Loader(ktx2);
        loader.setMeshoptDecoder(MeshoptDecoder);
        const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
        const gltf = await loader.parseAsync(buffer, prefix);
        const variants = await variantsOf(gltf);
        return assemble(gltf, variants, { problems, loadTimeMs: performance.now() - started, release, kept });
      } catch (failure) {
        release();
        throw failure;
      }
    },
    dispose() {
      kept.dispose();
      draco.dispose();
      ktx2.dispose();
    },
  };
}

/** Resolves uris to the given siblings and to nothing else: what is not among them is not fetched. */
function siblingManager(siblings: ReadonlyMap<string, Uint8Array<ArrayBuffer>>, prefix: string) {
  const problems: string[] = [];
  const urls = new Map<string, string>();
  for (const [uri, bytes] of siblings) urls.set(prefix + uri, URL.createObjectURL(new Blob([bytes])));
  const manager = new LoadingManager();
  const resolve = (url: string) => {
    if (/^(blob|data):/i.test(url)) return url;
    const found = urls.get(url) ?? urls.get(prefix + decoded(url.slice(prefix.length)));
    if (found !== undefined) return found;
    problems.push(`${url.replace(prefix, '')} is not there`);
    return 'data:,';
  };
  manager.setURLModifier(resolve);
  manager.onError = (url) => {
    if (url !== 'data:,')
      problems.push(`an image cannot be read${url.startsWith('blob:') ? '' : `: ${url.slice(0, 80)}`}`);
  };
  const revoke = () => {
    for (const url of urls.values()) URL.revokeObjectURL(url);
  };
  return { manager, problems, resolve, revoke };
}

function decoded(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}

interface Loading extends Pick<LoadedModel, 'problems' | 'loadTimeMs'> {
  release(): void;
  readonly kept: KeptPrograms;
}

function assemble(gltf: GLTF, variants: Variants, { problems, loadTimeMs, release, kept }: Loading): LoadedModel {
  const root = gltf.scene;
  const scene = new Scene();
  scene.add(root);
  const lights: Light[] = [];
  root.traverse((object) => {
    if (object instanceof Light) lights.push(object);
    // Bounds of skinned and morphed meshes are those of the rest pose: culling by them loses posed limbs.
    object.frustumCulled = false;
  });
  const showLights = (shown: boolean) => {
    for (const light of lights) light.visible = shown;
  };
  showLights(false);
  const mixer = new AnimationMixer(root);
  let points: Float32Array | null = null;
  const model: LoadedModel = {
    scene,
    root,
    clips: gltf.animations,
    variants: variants.names,
    cameras: gltf.cameras,
    triangleCount: drawnTriangleCount(root),
    problems,
    loadTimeMs,
    partOf(made) {
      const { nodes, meshes, primitives, materials } = gltf.parser.associations.get(made) ?? {};
      const part = {
        ...(nodes === undefined ? {} : { node: nodes }),
        ...(meshes === undefined ? {} : { mesh: meshes }),
        ...(primitives === undefined ? {} : { primitive: primitives }),
        ...(materials === undefined ? {} : { material: materials }),
      };
      return Object.keys(part).length === 0 ? null : part;
    },
    async textureOf(image) {
      const json: FileJson = gltf.parser.json;
      const index = (json.textures ?? []).findIndex((texture) => imagesOf(texture).includes(image));
      const texture: unknown = index < 0 ? null : await gltf.parser.getDependency('texture', index);
      return texture instanceof Texture ? texture : null;
    },
    points() {
      points ??= worldPoints(root);
      return points;
    },
    pose(clip, timeS) {
      points = null;
      mixer.stopAllAction();
      if (clip) {
        mixer.clipAction(clip).play();
        mixer.setTime(timeS);
      }
      scene.updateMatrixWorld(true);
      model.onPose?.();
    },
    selectVariant: (name) => variants.select(name),
    showLights,
    onPose: null,
    dispose() {
      mixer.stopAllAction();
      mixer.uncacheRoot(root);
      disposeAll(scene, variants.materials(), kept);
      release();
    },
  };
  scene.updateMatrixWorld(true);
  return model;
}

function disposeAll(scene: Scene, variantMaterials: readonly Material[], kept: KeptPrograms): void {
  const materials = new Set<Material>(variantMaterials);
  for (const object of drawablesOf(scene)) {
    object.geometry.dispose();
    for (const material of [object.material].flat()) materials.add(material);
  }
  scene.traverse((object) => {
    if (object instanceof Mesh) object.geometry.dispose();
    if ('skeleton' in object && object.skeleton instanceof Object && 'dispose' in object.skeleton) {
      (object.skeleton as { dispose(): void }).dispose();
    }
  });
  for (const material of materials) {
    for (const value of Object.values(material)) {
      if (!(value instanceof Texture)) continue;
      if (value.image instanceof ImageBitmap) value.image.close();
      value.dispose();
    }
    kept.castOff(material);
  }
}
