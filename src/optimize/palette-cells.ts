/** Where texture coordinates only pick a colour: images of cells that hold one colour each. */
import { extensionOf, listUnknownExtensions } from '../asset/extensions.ts';
import type { Gltf } from '../asset/glb.ts';
import { imageSize } from '../asset/image-size.ts';
import { listRoles, type Role } from '../asset/roles.ts';
import { imagesOf, infosOf, readsTangents } from '../asset/textures.ts';
import { decodeImage, type Pixels } from './image-codec.ts';
import { WRAP } from './texel-draw.ts';
import { movesTextures } from './texel-use.ts';

/** A file as it is looked at for palettes; undefined where something cannot be read, or need not be. */
export interface PaletteSource {
  readonly json: Gltf;
  readonly floatsOf: (accessor: number) => Float32Array | undefined;
  readonly cornersOf: (accessor: number) => ArrayLike<number> | undefined;
  readonly imageOf: (image: number) => Uint8Array | undefined;
}

/** Accessor of texture coordinates -> how many cells along each side the images that are read by it may be seen as, fewest first; from 2. */
export type PaletteCells = ReadonlyMap<number, readonly number[]>;

/** Nobody paints a palette larger than this; others are not decoded to see. */
const MOST_PX = 1024;
const MOST_BYTES = 128 * 1024;
/** All of them together, while they are looked at. */
const MOST_PIXELS = 16 * 1024 * 1024;
/** Coordinates and corners of a file that are looked at, for each number of cells anew. */
const MOST_LOOKS = 4_000_000;
/** Cells along each side of an image. */
const MOST_CELLS = 64;
/** A cell of fewer texels shows its neighbours' colours in its middle. */
const LEAST_CELL_PX = 2;

/**
 * The coordinates that only pick a colour: every triangle lies in one cell, half a texel from its border, and every cell in use has
 * one colour. Whoever moves such a coordinate within its cell changes nothing that is drawn, but for what mip levels blend from afar,
 * where a cell is smaller than a pixel: then it is the cell's own colour.
 */
export async function listPaletteCells(source: PaletteSource): Promise<PaletteCells> {
  const { json } = source;
  const cells = new Map<number, readonly number[]>();
  // An extension that we do not know may read texels by any coordinates, and a moving transform reads them all.
  if ((json.images ?? []).length === 0 || listUnknownExtensions(json).length > 0 || movesTextures(json)) return cells;
  const palettes = new Palettes(source);
  let looksLeft = MOST_LOOKS;
  for (const [accessor, roles] of listRoles(json)) {
    const readers = roles.map((role) => readerOf(json, role));
    const known = readers.filter((reader) => reader !== undefined);
    if (known.length === 0 || known.length < readers.length) continue;
    const images = await palettes.read(new Set(known.flatMap((reader) => reader.images)));
    const uvs = images === undefined ? undefined : source.floatsOf(accessor);
    if (images === undefined || uvs === undefined) continue;
    const corners = [...new Set(known.map(({ indices }) => indices))].map((indices) =>
      indices === undefined ? evenly(uvs) : source.cornersOf(indices),
    );
    const found = corners.filter((list) => list !== undefined);
    looksLeft -= uvs.length / 2 + found.reduce((sum, list) => sum + list.length, 0);
    if (found.length < corners.length || looksLeft < 0) continue;
    const repeats = known.every((reader) => reader.repeats);
    const counts = countsOfCells(uvs, found, images, repeats);
    if (counts.length > 0) cells.set(accessor, counts);
  }
  return cells;
}

/** The images that may be palettes, decoded once each. */
class Palettes {
  readonly #source: PaletteSource;
  readonly #small: ReadonlySet<number>;
  readonly #decoded = new Map<number, Promise<Pixels | undefined>>();

  constructor(source: PaletteSource) {
    this.#source = source;
    const small = new Set<number>();
    let pixelsLeft = MOST_PIXELS;
    for (const image of (source.json.images ?? []).keys()) {
      const pixelCount = pixelCountOf(source.imageOf(image));
      if (pixelCount > pixelsLeft) continue;
      pixelsLeft -= pixelCount;
      small.add(image);
    }
    this.#small = small;
  }

  /** Undefined when one of them is none. */
  async read(images: ReadonlySet<number>): Promise<readonly Pixels[] | undefined> {
    if ([...images].some((image) => !this.#small.has(image))) return undefined;
    const pixels = await Promise.all([...images].map((image) => this.#decode(image)));
    const decoded = pixels.filter((one) => one !== undefined);
    return decoded.length < pixels.length ? undefined : decoded;
  }

  #decode(image: number): Promise<Pixels | undefined> {
    const bytes = this.#source.imageOf(image);
    // What cannot be decoded is somebody else's to tell of.
    const pixels =
      this.#decoded.get(image) ??
      (bytes === undefined ? Promise.resolve(undefined) : decodeImage(bytes, 'keep').catch(() => undefined));
    this.#decoded.set(image, pixels);
    return pixels;
  }
}

/** What reads a colour by an accessor of texture coordinates: images through the materials of a primitive. */
interface Reader {
  readonly images: readonly number[];
  readonly indices: number | undefined;
  /** All textures repeat, so that a coordinate beyond them is one within. */
  readonly repeats: boolean;
}

/** Undefined where coordinates do more than to pick a colour, or where not all that they do is known. */
function readerOf(json: Gltf, role: Role): Reader | undefined {
  if (role.kind !== 'attribute' || !role.semantic.startsWith('TEXCOORD_')) return undefined;
  const primitive = json.meshes?.[role.mesh]?.primitives[role.primitive];
  if (primitive === undefined || (primitive.mode ?? 4) !== 4) return undefined;
  // Feature IDs and the like read texels too.
  if (Object.keys(primitive.extensions ?? {}).some((name) => name !== 'KHR_materials_variants')) return undefined;
  if ((primitive.targets ?? []).some((target) => role.semantic in target)) return undefined;
  const infos = infosOf(json, primitive);
  // Without tangents of their own materials take them from how coordinates run over a triangle: there must be a way to run.
  if (readsTangents(json, primitive)) return undefined;
  if (infos.some(({ info }) => extensionOf(info, 'KHR_texture_transform') !== undefined)) return undefined;
  const set = Number(role.semantic.slice('TEXCOORD_'.length));
  const textures = infos.flatMap(({ info }) =>
    (info.texCoord ?? 0) === set ? (json.textures?.[info.index] ?? []) : [],
  );
  const images = textures.flatMap(imagesOf);
  if (images.length === 0) return undefined;
  const repeats = textures.every((texture) => {
    const { wrapS = WRAP.repeat, wrapT = WRAP.repeat } = json.samplers?.[texture.sampler ?? -1] ?? {};
    return wrapS === WRAP.repeat && wrapT === WRAP.repeat;
  });
  return { images, indices: primitive.indices, repeats };
}

/** Endless for what is no palette, or lies elsewhere. */
function pixelCountOf(bytes: Uint8Array | undefined): number {
  const size = bytes === undefined || bytes.byteLength > MOST_BYTES ? undefined : imageSize(bytes);
  if (size === undefined || Math.max(size.width, size.height) > MOST_PX) return Number.POSITIVE_INFINITY;
  return size.width * size.height;
}

function evenly(uvs: Float32Array): ArrayLike<number> {
  return Uint32Array.from({ length: uvs.length / 2 }, (_, vertex) => vertex);
}

function countsOfCells(
  uvs: Float32Array,
  corners: readonly ArrayLike<number>[],
  images: readonly Pixels[],
  repeats: boolean,
): readonly number[] {
  const shortest = Math.min(...images.map(({ width, height }) => Math.min(width, height)));
  const counts: number[] = [];
  for (let count = 2; count <= MOST_CELLS && count * LEAST_CELL_PX <= shortest; count++) {
    const used = cellsInUse(uvs, count, 0.5 / shortest, repeats);
    if (used === undefined || !images.every((image) => [...used].every((cell) => isOneColor(image, cell, count))))
      continue;
    if (corners.every((list) => staysWithin(uvs, list, count))) counts.push(count);
  }
  return counts;
}

/** The middle of the cell that a coordinate lies in. */
export function middleOf(value: number, count: number): number {
  return (Math.floor(value * count) + 0.5) / count;
}

/** Cells that some coordinate lies in, as row × count + column; undefined where one lies on a border, or beyond an image that does not repeat. */
function cellsInUse(
  uvs: Float32Array,
  count: number,
  margin: number,
  repeats: boolean,
): ReadonlySet<number> | undefined {
  const used = new Set<number>();
  for (let i = 0; i < uvs.length; i += 2) {
    const [u, v] = [(uvs[i] ?? 0) * count, (uvs[i + 1] ?? 0) * count];
    const [column, row] = [Math.floor(u), Math.floor(v)];
    const inside = (at: number) => at >= margin * count && at <= 1 - margin * count;
    if (!inside(u - column) || !inside(v - row)) return undefined;
    if (!repeats && !(u >= 0 && u < count && v >= 0 && v < count)) return undefined;
    const [x, y] = [column - Math.floor(column / count) * count, row - Math.floor(row / count) * count];
    used.add(y * count + x);
  }
  return used;
}

/** True when each triangle has its corners in one cell. */
function staysWithin(uvs: Float32Array, corners: ArrayLike<number>, count: number): boolean {
  const cell = (corner: number, axis: 0 | 1) => Math.floor((uvs[(corners[corner] ?? 0) * 2 + axis] ?? 0) * count);
  for (let t = 0; t + 2 < corners.length; t += 3) {
    for (const axis of [0, 1] as const) {
      const first = cell(t, axis);
      if (cell(t + 1, axis) !== first || cell(t + 2, axis) !== first) return false;
    }
  }
  return true;
}

/** True when all texels that a cell touches are the same. */
function isOneColor({ data, width, height, channels }: Pixels, cell: number, count: number): boolean {
  const [row, column] = [Math.floor(cell / count), cell % count];
  const [left, right] = [Math.floor((column * width) / count), Math.ceil(((column + 1) * width) / count)];
  const [top, bottom] = [Math.floor((row * height) / count), Math.ceil(((row + 1) * height) / count)];
  const first = (top * width + left) * channels;
  for (let y = top; y < bottom; y++) {
    for (let i = (y * width + left) * channels; i < (y * width + right) * channels; i += channels)
      for (let c = 0; c < channels; c++) if (data[i + c] !== data[first + c]) return false;
  }
  return true;
}
