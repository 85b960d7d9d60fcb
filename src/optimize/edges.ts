/** Kernels that measure a mesh: its box and its short edges. */

/** At most so many triangles or lines are looked at, evenly over the mesh. */
const SAMPLES = 8192;
/** A tenth of all edges may be shorter than the one that counts. */
const SHARE = 0.1;

/** The box of finite positions; an empty one is turned inside out. */
export function extentOf(positions: ArrayLike<number>): { readonly min: number[]; readonly max: number[] } {
  const min = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const max = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < positions.length; i++) {
    const axis = i % 3;
    const value = positions[i] ?? 0;
    if (value < (min[axis] ?? 0) && value > Number.NEGATIVE_INFINITY) min[axis] = value;
    if (value > (max[axis] ?? 0) && value < Number.POSITIVE_INFINITY) max[axis] = value;
  }
  return { min, max };
}

/** The length that nine tenths of the edges reach, in the unit of the positions; 0 without edges, as of points. `mode` is glTF's. */
export function shortEdgeOf(
  positions: ArrayLike<number>,
  indices: ArrayLike<number> | undefined,
  mode: number,
): number {
  if (mode === 0) return 0;
  const cornerCount = indices === undefined ? positions.length / 3 : indices.length;
  // Separate triangles and lines step by their corners; strips, loops and fans by one.
  const width = mode === 4 ? 3 : 2;
  const stride = mode === 4 ? 3 : mode === 1 ? 2 : 1;
  const count = Math.floor((cornerCount - width) / stride) + 1;
  if (count < 1) return 0;
  const vertex = (corner: number) => (indices === undefined ? corner : (indices[corner] ?? 0)) * 3;
  const lengths: number[] = [];
  const jump = Math.max(1, Math.floor(count / SAMPLES));
  for (let shape = 0; shape < count; shape += jump) {
    for (let side = 0; side < (width === 3 ? 3 : 1); side++) {
      const a = vertex(shape * stride + side);
      const b = vertex(shape * stride + ((side + 1) % width));
      const length = Math.hypot(
        (positions[a] ?? 0) - (positions[b] ?? 0),
        (positions[a + 1] ?? 0) - (positions[b + 1] ?? 0),
        (positions[a + 2] ?? 0) - (positions[b + 2] ?? 0),
      );
      if (length > 0 && length < Number.POSITIVE_INFINITY) lengths.push(length);
    }
  }
  lengths.sort((x, y) => x - y);
  return lengths[Math.floor(lengths.length * SHARE)] ?? 0;
}
