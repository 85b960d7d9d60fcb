/** What a loader made of a file, in terms that every loader has; made in the page, compared in the test. */

/** One drawn part: its box in its own space, and how many corners name its vertices. */
export interface SeenMesh {
  readonly corners: number;
  readonly box: readonly number[];
}

/** Everything that a page tells of a file. */
export interface Seen {
  readonly names: readonly string[];
  /** In the order of the file. */
  readonly meshes: readonly SeenMesh[];
  /** Seconds, by name. */
  readonly clips: Readonly<Record<string, number>>;
}

/** The box of positions, three numbers each: low corner, then high corner. */
export function boxOf(positions: ArrayLike<number>): number[] {
  const box = [1e30, 1e30, 1e30, -1e30, -1e30, -1e30];
  for (let i = 0; i < positions.length; i++) {
    const axis = i % 3;
    const value = positions[i] ?? 0;
    box[axis] = Math.min(box[axis] ?? value, value);
    box[axis + 3] = Math.max(box[axis + 3] ?? value, value);
  }
  return box;
}
