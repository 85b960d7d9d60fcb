/** Which texels of an image some triangle reads: UVs drawn onto the image, with a margin for filtering. Kernels on plain arrays. */

/** How coordinates outside of the image are brought back into it, by glTF's numbers. */
export const WRAP = Object.freeze({ clamp: 33071, mirror: 33648, repeat: 10497 });

/** Triangles that read an image: corners as indices into UV pairs. */
export interface TexelReader {
  /** Two floats a vertex. */
  readonly uvs: Float32Array;
  /** Three a triangle. */
  readonly corners: ArrayLike<number>;
  readonly offset: readonly [number, number];
  readonly scale: readonly [number, number];
  /** Wrap modes along u and v. */
  readonly wrap: readonly [number, number];
}

/** Draws the texels that are used of an image of this size. */
export type Drawing = (width: number, height: number, marginPx: number) => Uint8Array | undefined;

/** Draws each list of readers once for each size: images of one material are read in the same places. What is drawn is kept until as many have asked as there are images. */
export function drawingsOf(
  readers: ReadonlyMap<number, readonly TexelReader[]>,
): (image: number) => Drawing | undefined {
  const known = new Map<readonly TexelReader[], Map<string, Uint8Array | undefined>>();
  const left = new Map<readonly TexelReader[], number>();
  for (const list of readers.values()) left.set(list, (left.get(list) ?? 0) + 1);
  return (image) => {
    const list = readers.get(image);
    if (list === undefined) return undefined;
    return (width, height, marginPx) => {
      const drawn = known.get(list) ?? new Map<string, Uint8Array | undefined>();
      const key = `${width} ${height} ${marginPx}`;
      const texels = drawn.has(key) ? drawn.get(key) : drawTexels(list, width, height, marginPx);
      drawn.set(key, texels);
      const others = (left.get(list) ?? 1) - 1;
      left.set(list, others);
      if (others > 0) known.set(list, drawn);
      else known.delete(list);
      return texels;
    };
  };
}

/**
 * 1 where a texel is read or lies within about `marginPx` of one that is, 0 elsewhere; row by row. Undefined where all are.
 * Large images are drawn in cells of up to 8 × 8 texels: a cell that is touched counts as a whole.
 */
export function drawTexels(
  readers: readonly TexelReader[],
  width: number,
  height: number,
  marginPx: number,
): Uint8Array | undefined {
  const sizes = [8, 4, 2].filter((px) => width % px === 0 && height % px === 0 && Math.max(width, height) / px >= GRID);
  let cell = 1;
  let cells: Uint8Array | undefined;
  // The coarse cells first: where next to nothing is left over, the fine ones are not worth their time.
  for (const px of new Set([sizes[0] ?? 1, sizes.find((size) => Math.max(width, height) / size >= FINE_GRID) ?? 1])) {
    cell = px;
    cells = drawCells(readers, width / px, height / px, Math.ceil(marginPx / px));
    if (cells === undefined || countOnes(cells) > MOST_USED * cells.length) return undefined;
  }
  if (cells === undefined) return undefined;
  const columns = width / cell;
  if (cell === 1) return cells;
  const used = new Uint8Array(width * height);
  // One row of texels for each row of cells, and copies of it.
  for (let row = 0; row < height / cell; row++) {
    const start = row * cell * width;
    for (let column = 0; column < columns; column++) {
      if (cells[row * columns + column] !== 0) used.fill(1, start + column * cell, start + (column + 1) * cell);
    }
    for (let copy = 1; copy < cell; copy++) used.copyWithin(start + copy * width, start, start + width);
  }
  return used;
}

/** Cells along the longer edge, at least: few are drawn in milliseconds, more follow the islands of an atlas closely. */
const GRID = 256;
const FINE_GRID = 1024;
/** When more than this is used, there is nothing to gain. */
const MOST_USED = 0.97;
/** A triangle over this many repeats of the image both ways reads all of it, for all that is worth knowing. */
const MOST_REPEATS = 2;
/** Triangles between two looks at whether anything is still unused. */
const LOOK_EVERY = 2048;

function drawCells(
  readers: readonly TexelReader[],
  columns: number,
  rows: number,
  margin: number,
): Uint8Array | undefined {
  const cells = new Uint8Array(columns * rows);
  for (const reader of readers) if (!drawReader(reader, cells, columns, rows)) return undefined;
  widen(cells, columns, rows, margin);
  return cells;
}

function countOnes(cells: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < cells.length; i++) count += cells[i] ?? 0;
  return count;
}

/** False when the triangles read all of the image: then nothing is gained by following them. */
function drawReader(reader: TexelReader, used: Uint8Array, width: number, height: number): boolean {
  const { uvs, corners, wrap } = reader;
  const [scaleX, scaleY] = reader.scale;
  const [offsetX, offsetY] = reader.offset;
  const isRound = wrap[0] !== WRAP.clamp;
  const reach: Reach = { from: 0, to: 0 };
  // Hundreds of thousands of triangles, each over a few texels: nothing is allocated on the way.
  for (let i = 0; i + 2 < corners.length; i += 3) {
    if ((i / 3) % LOOK_EVERY === LOOK_EVERY - 1 && !used.includes(0)) return false;
    const a = (corners[i] ?? 0) * 2;
    const b = (corners[i + 1] ?? 0) * 2;
    const c = (corners[i + 2] ?? 0) * 2;
    const x0 = ((uvs[a] ?? 0) * scaleX + offsetX) * width;
    const x1 = ((uvs[b] ?? 0) * scaleX + offsetX) * width;
    const x2 = ((uvs[c] ?? 0) * scaleX + offsetX) * width;
    const y0 = ((uvs[a + 1] ?? 0) * scaleY + offsetY) * height;
    const y1 = ((uvs[b + 1] ?? 0) * scaleY + offsetY) * height;
    const y2 = ((uvs[c + 1] ?? 0) * scaleY + offsetY) * height;
    const top = Math.min(y0, y1, y2);
    const bottom = Math.max(y0, y1, y2);
    const across = (Math.max(x0, x1, x2) - Math.min(x0, x1, x2)) / width;
    const down = (bottom - top) / height;
    if (!Number.isFinite(across + down) || Math.min(across, down) >= MOST_REPEATS) return false;
    // A long thin one along a row, or along a column, is followed within reason.
    if (Math.max(across, down) > MOST_REPEATS * LONGEST) return false;
    for (let row = Math.floor(top); row <= Math.floor(bottom); row++) {
      reach.from = Number.POSITIVE_INFINITY;
      reach.to = Number.NEGATIVE_INFINITY;
      followEdge(reach, row, x0, y0, x1, y1);
      followEdge(reach, row, x1, y1, x2, y2);
      followEdge(reach, row, x2, y2, x0, y0);
      if (!(reach.from <= reach.to)) continue;
      const start = place(row, height, wrap[1]) * width;
      const from = Math.floor(reach.from);
      const to = Math.floor(reach.to);
      if (to - from + 1 >= width && isRound) used.fill(1, start, start + width);
      else if (from >= 0 && to < width) for (let column = from; column <= to; column++) used[start + column] = 1;
      else for (let column = from; column <= to; column++) used[start + place(column, width, wrap[0])] = 1;
    }
  }
  return true;
}

const LONGEST = 32;

/** What a triangle touches of one row, in texels. */
interface Reach {
  from: number;
  to: number;
}

/** Extends the reach by the part of an edge that lies in this row. */
function followEdge(reach: Reach, row: number, x0: number, y0: number, x1: number, y1: number): void {
  const top = Math.max(Math.min(y0, y1), row);
  const bottom = Math.min(Math.max(y0, y1), row + 1);
  if (top > bottom) return;
  const slope = y1 === y0 ? 0 : (x1 - x0) / (y1 - y0);
  const a = y1 === y0 ? x0 : x0 + (top - y0) * slope;
  const b = y1 === y0 ? x1 : x0 + (bottom - y0) * slope;
  reach.from = Math.min(reach.from, a, b);
  reach.to = Math.max(reach.to, a, b);
}

function place(index: number, size: number, wrap: number): number {
  if (wrap === WRAP.clamp) return Math.min(Math.max(index, 0), size - 1);
  const turn = ((index % size) + size) % size;
  const isOdd = Math.abs(Math.floor(index / size)) % 2 === 1;
  return wrap === WRAP.mirror && isOdd ? size - 1 - turn : turn;
}

/** Widens what is set by a square, around the edges as a repeating texture is read. */
function widen(used: Uint8Array, width: number, height: number, marginPx: number): void {
  if (marginPx <= 0) return;
  for (let y = 0; y < height; y++) widenRow(used.subarray(y * width, (y + 1) * width), marginPx);
  widenColumns(used, width, height, marginPx);
}

/** To both sides; what reaches over one end comes in at the other. */
function widenRow(row: Uint8Array, marginPx: number): void {
  const { length } = row;
  const runs: number[] = [];
  for (let from = row.indexOf(1); from >= 0; ) {
    const end = row.indexOf(0, from);
    runs.push(from, end < 0 ? length : end);
    from = end < 0 ? -1 : row.indexOf(1, end);
  }
  for (let i = 0; i < runs.length; i += 2) {
    const from = (runs[i] ?? 0) - marginPx;
    const to = (runs[i + 1] ?? 0) + marginPx;
    row.fill(1, Math.max(from, 0), Math.min(to, length));
    if (from < 0) row.fill(1, Math.max(from + length, 0));
    if (to > length) row.fill(1, 0, Math.min(to - length, length));
  }
}

/** The same up and down, for all columns at once: texels of one column lie far apart in memory. */
function widenColumns(used: Uint8Array, width: number, height: number, marginPx: number): void {
  const margin = Math.min(marginPx, Math.floor(height / 2));
  // How many texels are set above and below, within the margin.
  const near = new Uint32Array(width);
  const count = (y: number, by: 1 | -1): void => {
    const start = ((y + height) % height) * width;
    for (let x = 0; x < width; x++) near[x] = (near[x] ?? 0) + by * ((used[start + x] ?? 0) & 1);
  };
  for (let y = -margin; y < margin; y++) count(y, 1);
  for (let y = 0; y < height; y++) {
    count(y + margin, 1);
    // The second bit is what becomes of it: the first is still read.
    for (let x = 0, i = y * width; x < width; x++, i++) used[i] = (used[i] ?? 0) | (near[x] === 0 ? 0 : 2);
    count(y - margin, -1);
  }
  for (let i = 0; i < used.length; i++) used[i] = (used[i] ?? 0) >> 1;
}
