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
