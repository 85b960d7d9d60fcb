/** Who is measured: ourselves and the peers, each as its users run it. */
import { fileURLToPath } from 'node:url';

/** One program with its settings. */
export interface Contender {
  readonly name: string;
  readonly program: string;
  readonly args: (input: string, output: string) => readonly string[];
}

/** Our own command as it is installed (`node scripts/build.mjs program`), without the renders (the peers draw nothing either) and without a least saving. */
export function ours(name: string, flags: readonly string[]): Contender {
  const fixed = ['--target', 'three', '--no-render', '--quiet', '--json', '--policy', POLICY];
  return {
    name: `ours: ${name}`,
    program: CLI,
    args: (input, output) => ['optimize', input, '-o', output, ...fixed, ...flags],
  };
}

/** glTF-Transform's own one-command recipe. */
export function gltfTransform(name: string, flags: readonly string[]): Contender {
  return {
    name: `gltf-transform: ${name}`,
    program: GLTF_TRANSFORM,
    args: (input, output) => ['optimize', input, output, ...flags],
  };
}

/** gltfpack as its npm package runs it. */
export function gltfpack(name: string, flags: readonly string[]): Contender {
  return {
    name: `gltfpack: ${name}`,
    program: GLTFPACK,
    args: (input, output) => ['-i', input, '-o', output, ...flags],
  };
}

const CLI = fileURLToPath(new URL('../../dist/app/cli.js', import.meta.url));
const POLICY = fileURLToPath(new URL('policy.yml', import.meta.url));
// By its place: the package exports no path to its program.
const GLTF_TRANSFORM = fileURLToPath(new URL('../../node_modules/@gltf-transform/cli/bin/cli.js', import.meta.url));
const GLTFPACK = fileURLToPath(new URL('../../node_modules/gltfpack/cli.js', import.meta.url));
