/** How exact numbers have to stay. */

/** Bits for each kind of number. */
export interface Precision {
  /** Of the accessor's longest edge; null keeps every float as it is. */
  readonly positionBits: number | null;
  readonly normalBits: number;
  /** Of one texture repeat. */
  readonly texcoordBits: number;
  readonly weightBits: 8 | 16;
  readonly rotationBits: number;
  /** Of the largest value in the track; also scales and morph weights. */
  readonly translationBits: number;
}

/** Invisible on matt surfaces; bytes for normals. */
export const FINE: Precision = Object.freeze({
  positionBits: 14,
  normalBits: 8,
  texcoordBits: 12,
  weightBits: 8,
  rotationBits: 14,
  translationBits: 16,
});

/** For mirrors: eight-bit normals show in reflections (D 1.9 on a polished speaker, 0.4 with twelve). */
export const FINER: Precision = Object.freeze({
  positionBits: 16,
  normalBits: 12,
  texcoordBits: 14,
  weightBits: 16,
  rotationBits: 16,
  translationBits: 20,
});

/** Every float as it is. */
export const EXACT: Precision = Object.freeze({ ...FINER, positionBits: null });
