/** Between two keys of a track (glTF 2.0, appendix C), as loaders play it. A kernel: rows of floats in, numbers out. */

/** How two keys are mixed: each number alone, or as rotations on the great circle or on the chord between them. */
export type Mix = 'numbers' | 'slerp' | 'nlerp';

/** The row at place `u` (0 to 1) between rows `i` and `j` of `values`, `width` numbers each, into `out`. */
export function mixRows(
  values: Float32Array,
  [i, j]: readonly [number, number],
  u: number,
  mix: Mix,
  out: Float64Array,
): void {
  const width = out.length;
  let dot = 0;
  if (mix !== 'numbers')
    for (let c = 0; c < width; c++) dot += (values[i * width + c] ?? 0) * (values[j * width + c] ?? 0);
  const angle = mix === 'slerp' ? Math.acos(Math.min(1, Math.abs(dot))) : 0;
  // Below a ten-thousandth of a radian arc and chord are the same.
  const isArc = angle > 1e-4;
  const from = isArc ? Math.sin(angle * (1 - u)) / Math.sin(angle) : 1 - u;
  const to = (isArc ? Math.sin(angle * u) / Math.sin(angle) : u) * (dot < 0 ? -1 : 1);
  let square = 0;
  for (let c = 0; c < width; c++) {
    const value = (values[i * width + c] ?? 0) * from + (values[j * width + c] ?? 0) * to;
    out[c] = value;
    square += value * value;
  }
  if (mix !== 'numbers' && square > 0) for (let c = 0; c < width; c++) out[c] = (out[c] ?? 0) / Math.sqrt(square);
}

/** The largest difference of any number of two rows; of rotations, of the nearer of two opposite ones. */
export function rowDistance(a: Float64Array, b: Float64Array, isRotation: boolean): number {
  let [straight, opposite] = [0, 0];
  for (let c = 0; c < a.length; c++) {
    straight = Math.max(straight, Math.abs((a[c] ?? 0) - (b[c] ?? 0)));
    opposite = Math.max(opposite, Math.abs((a[c] ?? 0) + (b[c] ?? 0)));
  }
  return isRotation ? Math.min(straight, opposite) : straight;
}
