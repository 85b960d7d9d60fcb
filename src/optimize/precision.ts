/** How exact numbers have to stay. */

/** Bits for each kind of number. */
export interface Precision {
  /** Of the mesh's longest edge, at most; null keeps every float as it is. */
  readonly positionBits: number | null;
  /** Of the mesh's longest edge, at least: enough for a screen that it fills. Short edges ask for more, see `grids.ts`. */
  readonly screenBits: number;
  /** The same of a mesh of points and lines alone: nothing shades them, and they are a pixel wide themselves. */
  readonly bareBits: number;
  readonly normalBits: number;
  /** Of one texture repeat, at most. */
  readonly texcoordBits: number;
  /** Of one texture repeat, at least; larger textures ask for more. */
  readonly texelBits: number;
  readonly weightBits: 8 | 16;
  readonly rotationBits: number;
  /** Of the largest value in the track. */
  readonly translationBits: number;
  /** The same for scales and morph weights: they move by a share of the mesh's own size. */
  readonly factorBits: number;
  /** Rotations and scales of instances: each moves its mesh by so little of its size. */
  readonly instanceBits: number;
  /** Coordinates that pick a colour of a palette move to the middle of its cell. */
  readonly texcoordsByColor: boolean;
}

/** For `small`, which may show a little: a mesh 2,048 pixels wide moves by half of one. */
export const COARSE: Precision = Object.freeze({
  positionBits: 12.25,
  screenBits: 11,
  bareBits: 11,
  normalBits: 7,
  texcoordBits: 12,
  texelBits: 9,
  weightBits: 8,
  rotationBits: 12,
  translationBits: 14,
  factorBits: 14,
  instanceBits: 12,
  texcoordsByColor: true,
});

/** Invisible on matt surfaces; bytes for normals. A mesh 2,048 pixels wide moves by a quarter of one. */
export const FINE: Precision = Object.freeze({
  positionBits: 14,
  screenBits: 12,
  bareBits: 11,
  normalBits: 8,
  texcoordBits: 12,
  texelBits: 9,
  weightBits: 8,
  // A bone 2,048 pixels long ends within a third of a pixel of its place.
  rotationBits: 13,
  translationBits: 15,
  factorBits: 14,
  instanceBits: 12,
  texcoordsByColor: true,
});

/**
 * What costs next to nothing and mends most: surfaces that lie on each other stay apart (a zebra crossing sank into its
 * street), and so does what a texture shows at the edge of a texel.
 */
export const CLOSE: Precision = Object.freeze({
  ...FINE,
  positionBits: 15,
  screenBits: 13,
  normalBits: 9,
  texcoordBits: 14,
  texelBits: 12,
});

/** For mirrors: eight-bit normals show in reflections (D 1.9 on a polished speaker, 0.4 with twelve). */
export const FINER: Precision = Object.freeze({
  positionBits: 16,
  screenBits: 16,
  bareBits: 16,
  normalBits: 12,
  texcoordBits: 14,
  texelBits: 14,
  weightBits: 16,
  rotationBits: 16,
  translationBits: 20,
  factorBits: 20,
  instanceBits: 16,
  texcoordsByColor: false,
});

/** Every float as it is. */
export const EXACT: Precision = Object.freeze({ ...FINER, positionBits: null });
