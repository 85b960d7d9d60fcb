/** Texture coordinates that only pick a colour of a palette: they may lie where they lay, or in the middle of that cell. */
import type { GLTF } from '@gltf-transform/core';
import type { SourceGlb } from '../asset/glb.ts';
import { listPaletteCells, middleOf, type PaletteCells } from '../optimize/palette-cells.ts';
import type { Drawn } from './drawn.ts';
import { Floats } from './floats.ts';
import { bytesReader } from './image-values.ts';
import type { Column } from './moments.ts';

/** The palettes of a source, seen by nobody but the source. */
export function paletteCellsOf(source: SourceGlb): Promise<PaletteCells> {
  const floats = new Floats(source);
  const isStored = (index: number) => {
    const accessor = source.json.accessors?.[index];
    return accessor?.bufferView !== undefined || accessor?.sparse !== undefined;
  };
  const bytesOf = bytesReader(source);
  return listPaletteCells({
    json: source.json,
    floatsOf: (accessor) => (isStored(accessor) ? floats.of(accessor) : undefined),
    cornersOf: (accessor) => (isStored(accessor) ? floats.reader.read(accessor).array : undefined),
    // Others are nobody's to change.
    imageOf: (image) => (source.json.images?.[image]?.bufferView === undefined ? undefined : bytesOf(image)),
  });
}

/** Floats, and what Draco makes of them, are this near to a middle that they were put there. */
const NEAR = 2 ** -10;

/** The source as the output has to be: with coordinates in the middles of their cells where the output has them there. */
export function inMiddles(
  was: Drawn | undefined,
  { attributes }: GLTF.IMeshPrimitive,
  is: Drawn | undefined,
  cells: PaletteCells,
): Drawn | undefined {
  if (was === undefined || is === undefined || cells.size === 0) return was;
  const columns = new Map<string, Column>(was.columns);
  for (const [name, column] of was.columns) {
    const output = is.columns.get(name)?.values;
    // Of several numbers of cells the one that the output follows: what other triangles share decides there.
    const count = (cells.get(attributes[name] ?? -1) ?? []).find((each) =>
      output?.every((value) => Math.abs(value - middleOf(value, each)) <= NEAR),
    );
    if (count === undefined) continue;
    columns.set(name, { ...column, values: Float32Array.from(column.values, (value) => middleOf(value, count)) });
  }
  return { ...was, columns };
}
