/** Is what a loader makes of our file what it makes of the source? */
import type { Seen } from './seen.ts';

/** What differs, in words; empty when names, clips and corners are the same, and boxes as near as the grids are. */
export function differencesOf(was: Seen, is: Seen): readonly string[] {
  const found: string[] = [];
  if (was.names.join('\n') !== is.names.join('\n')) found.push('names');
  if (Object.keys(was.clips).join('\n') !== Object.keys(is.clips).join('\n')) found.push('clips');
  for (const [name, length] of Object.entries(was.clips))
    if (!(Math.abs((is.clips[name] ?? Number.NaN) - length) < 1e-5)) found.push(`the length of ${name}`);
  if (was.meshes.length !== is.meshes.length) found.push('the number of meshes');
  for (const [m, { box, corners }] of was.meshes.entries()) {
    const mesh = is.meshes[m];
    if (mesh?.corners !== corners) found.push(`corners of mesh ${m}`);
    const size = Math.max(...[0, 1, 2].map((axis) => (box[axis + 3] ?? 0) - (box[axis] ?? 0)));
    const isNear = (edge: number, i: number) =>
      Math.abs((mesh?.box[i] ?? Number.NaN) - edge) <= size / 1024 + 1e-6 || Object.is(mesh?.box[i], edge);
    if (!box.every(isNear)) found.push(`the box of mesh ${m}`);
  }
  return found;
}
