/** Text for floats. A kernel without imports. */

/** The number with the fewest decimal digits that is the same 32-bit float; nine always suffice for one that was a float. */
export function shortestFloat(value: number): number {
  const float = Math.fround(value);
  if (!Number.isFinite(float) || Number.isInteger(value)) return value;
  for (let digits = 1; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === float) return String(short).length < String(value).length ? short : value;
  }
  return value;
}
