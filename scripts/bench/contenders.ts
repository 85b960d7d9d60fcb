/** Who is measured: ourselves and the peers, each as its users run it. */
import { fileURLToPath } from 'node:url';

/** One program with its settings. */
export interface Contender {
  readonly name: string;
  readonly program: string;
  readonly args: (input: string, output: string) => readonly string[];
}

// By its place: the package exports no path to its program.
const gltfTransform = fileURLToPath(new URL('../../node_modules/@gltf-transform/cli/bin/cli.js', import.meta.url));

/** Our own command from its sources, with target three and meshopt, without the renders: the peers draw nothing either. */
export const OURS: Contender = {
  name: 'glb-optimizer',
  program: fileURLToPath(new URL('../../app/cli.ts', import.meta.url)),
  args: (input, output) => [
    'optimize',
    input,
    '-o',
    output,
    '--target',
    'three',
    '--decoders',
    'meshopt',
    '--preset',
    'balanced',
    '--no-render',
    '--quiet',
    '--json',
  ],
};

/** glTF-Transform's own one-command recipe. */
export const GLTF_TRANSFORM: Contender = {
  name: 'gltf-transform optimize --compress meshopt --texture-compress webp',
  program: gltfTransform,
  args: (input, output) => ['optimize', input, output, '--compress', 'meshopt', '--texture-compress', 'webp'],
};
