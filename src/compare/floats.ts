/** Accessors as floats, as loaders see them. */
import { AccessorReader, ITEM_SIZE, toFloats } from '../asset/accessors.ts';
import type { SourceGlb } from '../asset/glb.ts';

/** One file's accessors as floats, each read once. */
export class Floats {
  readonly glb: SourceGlb;
  readonly reader: AccessorReader;
  readonly #known = new Map<number, Float32Array>();

  constructor(glb: SourceGlb) {
    this.glb = glb;
    this.reader = new AccessorReader(glb.json, glb.bin);
  }

  of(accessor: number): Float32Array {
    const known = this.#known.get(accessor);
    if (known !== undefined) return known;
    const floats = toFloats(this.reader.read(accessor));
    this.#known.set(accessor, floats);
    return floats;
  }

  itemSize(accessor: number): number {
    return ITEM_SIZE[this.glb.json.accessors?.[accessor]?.type ?? 'SCALAR'];
  }
}

/** Equal bit for bit; one NaN is as good as another. */
export function sameBits(a: Float32Array, b: Float32Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}
