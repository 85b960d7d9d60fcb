/** Optimizes the house scene and prints the digest of the result: run in a process of its own by `review.test.ts`. */
import { fileURLToPath } from 'node:url';
import { inspect } from '../../src/inspect.ts';
import { climb } from '../../src/ladder.ts';
import { allowedBy } from '../../src/optimize/target.ts';
import { selectRule } from '../../src/policy/select.ts';
import { houseScene } from '../house-scene.ts';

/** SHA-256 of the optimized house scene. */
export async function digestOfHouse(): Promise<string> {
  const inspected = await inspect((await houseScene({ textureSize: 64 })).bytes(), new Map());
  const selection = selectRule(undefined, 'a.glb', { target: 'three', withoutRenderer: 'commit' });
  if (inspected.kind === 'refused' || selection.kind !== 'assigned') throw new Error('the house scene is not sound');
  const { rule } = selection;
  const allowed = allowedBy('three', ['meshopt', 'draco']);
  const options = { rule, allowed, start: inspected.source, recipe: 'cafe0123', onStage: () => {} };
  const signal = new AbortController().signal;
  const result = await climb(inspected, { ...options, signal }, async () => ({
    kind: 'not-rendered',
    why: 'nobody looks',
  }));
  if (result.kind === 'nothing') throw new Error(result.why);
  return result.candidate.glb.digest;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(await digestOfHouse());
