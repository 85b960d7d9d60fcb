/** Targets: the extensions that each loader reads, with the source of each row. The output never requires more. */
import type { Decoder, Target } from '../policy/policy.ts';

/** Any target but `auto`, which is resolved first. */
export type KnownTarget = Exclude<Target, 'auto'>;

interface TargetRow {
  /** Read out of the box. */
  readonly reads: readonly string[];
  /** Decoders that work without a line of the user's. */
  readonly builtIn: readonly Decoder[];
  /** Decoders that the app can register, with the line that does it. */
  readonly registers: Readonly<Partial<Record<Decoder, string>>>;
  /** The meshopt extension with the newer, smaller codec, where the loader knows its name. */
  readonly meshopt?: 'KHR_meshopt_compression';
  /** Its animation mixer puts a node back at rest when no running clip moves it. */
  readonly mixerRestores: boolean;
  /** Where we looked. */
  readonly source: string;
}

const QUANTIZATION = 'KHR_mesh_quantization';
const THREE_LINES = Object.freeze({
  meshopt: 'loader.setMeshoptDecoder(MeshoptDecoder) // three/addons/libs/meshopt_decoder.module.js',
  draco:
    "loader.setDRACOLoader(new DRACOLoader().setDecoderPath('/draco/gltf/')) // three/addons/loaders/DRACOLoader.js",
  ktx2: "loader.setKTX2Loader(new KTX2Loader().setTranscoderPath('/basis/').detectSupport(renderer)) // three/addons/loaders/KTX2Loader.js",
});

/** One row for each target; docs/targets.md shows the same table. */
export const TARGETS: Readonly<Record<KnownTarget, TargetRow>> = Object.freeze({
  universal: {
    reads: [],
    builtIn: [],
    registers: {},
    mixerRestores: false,
    source: 'glTF 2.0 specification: core alone',
  },
  three: {
    reads: [QUANTIZATION, 'EXT_texture_webp', 'EXT_texture_avif', 'KHR_texture_transform', 'EXT_mesh_gpu_instancing'],
    builtIn: [],
    registers: THREE_LINES,
    meshopt: 'KHR_meshopt_compression',
    mixerRestores: true,
    source: 'three 0.187.0 examples/jsm/loaders/GLTFLoader.js',
  },
  r3f: {
    reads: [QUANTIZATION, 'EXT_texture_webp', 'KHR_texture_transform', 'EXT_mesh_gpu_instancing'],
    builtIn: ['meshopt', 'draco'],
    registers: { ktx2: 'useGLTF(url, true, true, (loader) => loader.setKTX2Loader(ktx2Loader))' },
    mixerRestores: true,
    source: '@react-three/drei 10.7.9 core/Gltf.js (useGLTF over three-stdlib)',
  },
  babylon: {
    reads: [QUANTIZATION, 'EXT_texture_webp', 'EXT_texture_avif', 'KHR_texture_transform', 'EXT_mesh_gpu_instancing'],
    builtIn: ['meshopt', 'draco', 'ktx2'],
    registers: {},
    mixerRestores: false,
    source: '@babylonjs/loaders 9.28.0 glTF/2.0/Extensions',
  },
  'model-viewer': {
    reads: [QUANTIZATION, 'EXT_texture_webp', 'EXT_texture_avif', 'KHR_texture_transform', 'EXT_mesh_gpu_instancing'],
    builtIn: ['draco', 'ktx2'],
    registers: { meshopt: "ModelViewerElement.meshoptDecoderLocation = '/meshopt_decoder.js'" },
    mixerRestores: true,
    source: '@google/model-viewer 4.4.0 lib/three-components/CachingGLTFLoader.js',
  },
  playcanvas: {
    reads: ['EXT_texture_webp', 'KHR_texture_transform'],
    builtIn: [],
    registers: {
      draco: "pc.dracoInitialize({ jsUrl: 'draco.wasm.js', wasmUrl: 'draco.wasm.wasm' })",
      ktx2: "pc.basisInitialize({ jsUrl: 'basis.wasm.js', wasmUrl: 'basis.wasm.wasm' })",
    },
    mixerRestores: false,
    source: 'playcanvas 2.23.3 src/framework/parsers/glb-parser.js',
  },
  unity: {
    reads: [QUANTIZATION, 'KHR_texture_transform'],
    builtIn: [],
    registers: {
      meshopt: 'Package Manager: add com.unity.meshopt.decompress',
      draco: 'Package Manager: add com.unity.cloud.draco',
      ktx2: 'Package Manager: add com.unity.cloud.ktx',
    },
    mixerRestores: false,
    source: 'Unity glTFast 7.0 documentation, Unity.Cloud.Gltfast.Extension',
  },
  godot: {
    reads: ['EXT_texture_webp', 'KHR_texture_transform'],
    builtIn: [],
    registers: {},
    mixerRestores: false,
    source: 'Godot 4 modules/gltf/extensions',
  },
  bevy: {
    reads: ['KHR_texture_transform'],
    builtIn: [],
    registers: {},
    mixerRestores: false,
    source: 'bevy_gltf 0.19 src/loader/extensions',
  },
  blender: {
    reads: ['EXT_texture_webp', 'KHR_texture_transform'],
    builtIn: ['draco'],
    registers: {},
    mixerRestores: false,
    source: 'glTF-Blender-IO, Blender 4 importer',
  },
});

/** The extension that each decoder reads. */
const DECODER_EXTENSIONS = Object.freeze({
  meshopt: 'EXT_meshopt_compression',
  draco: 'KHR_draco_mesh_compression',
  ktx2: 'KHR_texture_basisu',
} as const);

/** What the output may use. */
export interface Allowed {
  readonly target: KnownTarget;
  /** See `TARGETS`. */
  readonly mixerRestores: boolean;
  readonly extensions: ReadonlySet<string>;
}

/** The extensions that a target reads with the decoders that its app registers; `newMeshopt` false is for a loader before its time. */
export function allowedBy(target: KnownTarget, decoders: readonly Decoder[], newMeshopt = true): Allowed {
  const row = TARGETS[target];
  const usable = decoders.filter((decoder) => decoder in row.registers);
  const readers = [...row.builtIn, ...usable];
  const newer = newMeshopt && readers.includes('meshopt') && row.meshopt !== undefined ? [row.meshopt] : [];
  const extensions = [...row.reads, ...readers.map((decoder) => DECODER_EXTENSIONS[decoder]), ...newer];
  return { target, mixerRestores: row.mixerRestores, extensions: new Set(extensions) };
}

/** What a source already requires its loader reads: the output may go on using it. */
export function withSource(allowed: Allowed, required: readonly string[]): Allowed {
  return { ...allowed, extensions: new Set([...allowed.extensions, ...required]) };
}

/** One line of loader code that an output needs. */
export interface Requirement {
  extension: string;
  hint: string;
}

/** The loader lines that an output needs and its source did not. */
export function listRequirements(
  target: KnownTarget,
  before: readonly string[],
  after: readonly string[],
): readonly Requirement[] {
  const { builtIn, registers } = TARGETS[target];
  const decoders = ['meshopt', 'draco', 'ktx2'] as const;
  return decoders.flatMap((decoder) => {
    const names: readonly string[] =
      decoder === 'meshopt' ? ['KHR_meshopt_compression', DECODER_EXTENSIONS.meshopt] : [DECODER_EXTENSIONS[decoder]];
    const extension = names.find((name) => after.includes(name) && !before.includes(name));
    const hint = registers[decoder];
    return hint === undefined || builtIn.includes(decoder) || extension === undefined ? [] : [{ extension, hint }];
  });
}

/** What tells which engine loads the files: npm, Bevy, Godot, Unity. */
export const MANIFEST_NAMES: readonly string[] = Object.freeze([
  'package.json',
  'Cargo.toml',
  'project.godot',
  'ProjectSettings/ProjectVersion.txt',
]);

/** A manifest of more bytes is none that a person wrote, and is not read. */
export const MANIFEST_LIMIT_BYTES = 1024 * 1024;

/** A file that tells which engine reads the assets, or the lines of one that register decoders. */
export interface Manifest {
  readonly path: string;
  readonly text: string;
}

/** npm packages that tell the target, the most telling first: drei and R3F bring three along. */
const PACKAGES: readonly (readonly [name: string, target: KnownTarget])[] = Object.freeze([
  ['@react-three/drei', 'r3f'],
  ['@react-three/fiber', 'three'],
  ['@google/model-viewer', 'model-viewer'],
  ['@babylonjs/core', 'babylon'],
  ['babylonjs', 'babylon'],
  ['playcanvas', 'playcanvas'],
  ['three', 'three'],
]);

/** Resolves `auto`: the nearest manifest that names an engine; `three` when none does. */
export function resolveTarget(
  target: Target,
  manifests: readonly Manifest[],
): { readonly target: KnownTarget; readonly why: string } {
  if (target !== 'auto') return { target, why: 'the policy says so' };
  for (const { path, text } of manifests) {
    const found = targetOf(path, text);
    if (found !== undefined) return { target: found.target, why: `${path} names ${found.name}` };
  }
  return { target: 'three', why: 'nothing in the repository names an engine' };
}

function targetOf(path: string, text: string): { readonly target: KnownTarget; readonly name: string } | undefined {
  const file = path.split('/').at(-1) ?? path;
  if (file === 'project.godot') return { target: 'godot', name: 'Godot' };
  if (file === 'ProjectVersion.txt') return { target: 'unity', name: 'Unity' };
  if (file === 'Cargo.toml') return /^\s*bevy\b/m.test(text) ? { target: 'bevy', name: 'Bevy' } : undefined;
  if (file !== 'package.json') return undefined;
  for (const [name, target] of PACKAGES) if (text.includes(`"${name}"`)) return { target, name };
  return undefined;
}
