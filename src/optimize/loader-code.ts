/** What a repository's code and manifests say of its loader: which decoders it registers, and how new it is. */
import type { Decoder } from '../policy/policy.ts';
import type { KnownTarget, Manifest } from './target.ts';

/** Calls that register a decoder: three.js, model-viewer, PlayCanvas. */
const CALLS: Readonly<Record<Decoder, RegExp>> = Object.freeze({
  meshopt: /\.setMeshoptDecoder\s*\(\s*(?!null|undefined|\))|\bmeshoptDecoderLocation\s*=/,
  draco: /\.setDRACOLoader\s*\(\s*(?!null|undefined|\))|\bdracoInitialize\s*\(/,
  ktx2: /\.setKTX2Loader\s*\(\s*(?!null|undefined|\))|\bbasisInitialize\s*\(/,
});

/** What the lines hold that `decodersIn` looks for; a source of code searches for these words. */
export const LOADER_WORDS: readonly string[] = Object.freeze([
  '.setMeshoptDecoder',
  '.setDRACOLoader',
  '.setKTX2Loader',
  'meshoptDecoderLocation',
  'dracoInitialize',
  'basisInitialize',
]);

/** Ends of names of files that may hold such code. */
export const CODE_SUFFIXES: readonly string[] = Object.freeze(
  ['js', 'jsx', 'mjs', 'cjs', 'ts', 'tsx', 'mts', 'vue', 'svelte', 'astro', 'html'].map((end) => `.${end}`),
);

/** Lines of code that are read at most, and characters of each: enough for any app, and nothing of a bundle. */
export const LOADER_LINES = Object.freeze({ most: 200, chars: 400 });

/** The decoders that the code among the manifests registers, in no order that matters; comments do not count. */
export function decodersIn(manifests: readonly Manifest[]): readonly Decoder[] {
  const lines = manifests
    .filter(({ path }) => CODE_SUFFIXES.some((suffix) => path.endsWith(suffix)))
    .flatMap(({ text }) => text.split('\n'))
    .filter((line) => !/^\s*(\/\/|\/?\*|<!--)/.test(line));
  return (['meshopt', 'draco', 'ktx2'] as const).filter((decoder) => lines.some((line) => CALLS[decoder].test(line)));
}

/** `KHR_meshopt_compression` came with r183. [mrdoob/three.js pull 32163] */
const NEW_MESHOPT_RELEASE = 183;

/** False when the nearest manifest that names three.js asks for a release that does not know KHR_meshopt_compression yet. */
export function knowsNewMeshopt(target: KnownTarget, manifests: readonly Manifest[]): boolean {
  if (target !== 'three') return true;
  for (const { path, text } of manifests) {
    if (!path.endsWith('package.json')) continue;
    const release = /"three"\s*:\s*"[^"\d]*0\.(\d+)/.exec(text)?.[1];
    if (release !== undefined) return Number(release) >= NEW_MESHOPT_RELEASE;
  }
  return true;
}
