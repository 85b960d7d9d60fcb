/** Tiny GLBs for the renderer's tests, built in code. */

import { browserCandidates } from '../app/renderer/browser-path.ts';
import { BotError } from '../src/errors.ts';
import type { GlbFile } from '../src/ports.ts';

/** What a fixture shows. */
export interface FixtureOptions {
  readonly colour?: readonly [number, number, number];
  /** Leaves out that many of the twelve triangles. */
  readonly lostTriangles?: number;
  /** Adds clips of these lengths in seconds; at its middle each has turned the box by 45°. */
  readonly clips?: readonly { readonly name: string; readonly durationS: number; readonly degrees?: number }[];
  /** Variant name -> colour. */
  readonly variants?: Readonly<Record<string, readonly [number, number, number]>>;
  /** An external image of this uri as base colour texture. */
  readonly imageUri?: string;
  readonly empty?: boolean;
  /** Writes the twelve triangles so many times. */
  readonly layers?: number;
  /** Adds so many vertices at the same corners that no triangle uses. */
  readonly spareVertices?: number;
  /** Draws the same mesh in so many nodes. */
  readonly instances?: number;
}

/** A box of 1 × 2 × 1.5 m. */
export function boxGlb(options: FixtureOptions = {}): GlbFile {
  const bin = new BinWriter();
  const { positions, normals, uvs } = boxVertices(options.layers ?? 1);
  const kept = positions.length / 3 - (options.lostTriangles ?? 0) * 3;
  // By 35 of 36, so that every n-th of them comes by all corners.
  const spare = Array.from({ length: options.spareVertices ?? 0 }, (_, place) => place % 35);
  const vertices = [...Array(kept).keys(), ...spare];
  const of = (values: readonly number[], width: number) =>
    vertices.flatMap((vertex) => values.slice(vertex * width, (vertex + 1) * width));
  const attributes = {
    POSITION: bin.accessor(of(positions, 3), 'VEC3', { min: [-0.5, -1, -0.75], max: [0.5, 1, 0.75] }),
    NORMAL: bin.accessor(of(normals, 3), 'VEC3'),
    TEXCOORD_0: bin.accessor(of(uvs, 2), 'VEC2'),
  };
  const indices = spare.length > 0 ? { indices: bin.indices([...Array(kept).keys()]) } : {};
  const variants = Object.entries(options.variants ?? {});
  const material = (colour: readonly number[]) => ({
    pbrMetallicRoughness: {
      baseColorFactor: [...colour, 1],
      metallicFactor: 0,
      roughnessFactor: 0.8,
      ...(options.imageUri === undefined ? {} : { baseColorTexture: { index: 0 } }),
    },
  });
  const mappings = variants.map((_, index) => ({ material: index + 1, variants: [index] }));
  const primitive = {
    attributes,
    ...indices,
    material: 0,
    ...(variants.length > 0 ? { extensions: { KHR_materials_variants: { mappings } } } : {}),
  };
  const animations = (options.clips ?? []).map(({ name, durationS, degrees = 45 }) => {
    const half = (degrees * Math.PI) / 360;
    const turned = [0, Math.sin(half), 0, Math.cos(half)];
    const input = bin.accessor([0, durationS / 2, durationS], 'SCALAR', { min: [0], max: [durationS] });
    const output = bin.accessor([0, 0, 0, 1, ...turned, 0, 0, 0, 1], 'VEC4');
    return { name, samplers: [{ input, output }], channels: [{ sampler: 0, target: { node: 0, path: 'rotation' } }] };
  });
  const nodeCount = options.empty ? 1 : (options.instances ?? 1);
  const nodes = Array.from({ length: nodeCount }, () => (options.empty ? { name: 'nothing' } : { mesh: 0 }));
  const json = {
    asset: { version: '2.0' },
    scene: 0,
    scenes: [{ nodes: nodes.map((_, index) => index) }],
    nodes,
    meshes: [{ primitives: [primitive] }],
    materials: [options.colour ?? [0.8, 0.2, 0.1], ...variants.map(([, colour]) => colour)].map(material),
    ...(animations.length > 0 ? { animations } : {}),
    ...(options.imageUri === undefined
      ? {}
      : { textures: [{ source: 0 }], images: [{ uri: options.imageUri, mimeType: 'image/png' }] }),
    ...(variants.length > 0
      ? {
          extensionsUsed: ['KHR_materials_variants'],
          extensions: { KHR_materials_variants: { variants: variants.map(([name]) => ({ name })) } },
        }
      : {}),
    ...bin.json(),
  };
  return { bytes: glbOf(json, bin.bytes()), siblings: new Map() };
}

/** The bytes of a GLB from its JSON and binary chunk. */
export function glbOf(json: object, bin: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify(json));
  const textLength = Math.ceil(text.length / 4) * 4;
  const bytes = new Uint8Array(12 + 8 + textLength + 8 + bin.length);
  const view = new DataView(bytes.buffer);
  const words = [0x46546c67, 2, bytes.length, textLength, 0x4e4f534a];
  for (const [index, word] of words.entries()) view.setUint32(index * 4, word, true);
  bytes.fill(0x20, 20, 20 + textLength);
  bytes.set(text, 20);
  view.setUint32(20 + textLength, bin.length, true);
  view.setUint32(24 + textLength, 0x004e4942, true);
  bytes.set(bin, 28 + textLength);
  return bytes;
}

/** A browser for the tests, or a sentence that says how to get one. */
export function browserForTests(): string {
  const [found] = browserCandidates(process.env);
  if (found !== undefined) return found;
  throw new BotError('RENDERER_FAILED', 'these tests draw in a real browser, and none was found', {
    hint: 'Install one (`apt-get install chromium`) and, if it is in an unusual place, name it in CHROME_PATH.',
  });
}

class BinWriter {
  readonly #parts: (Float32Array | Uint32Array)[] = [];
  readonly #accessors: object[] = [];
  #byteLength = 0;

  accessor(values: readonly number[], type: 'SCALAR' | 'VEC2' | 'VEC3' | 'VEC4', bounds: object = {}): number {
    const width = { SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4 }[type];
    return this.#add(Float32Array.from(values), { componentType: 5126, count: values.length / width, type, ...bounds });
  }

  indices(values: readonly number[]): number {
    return this.#add(Uint32Array.from(values), { componentType: 5125, count: values.length, type: 'SCALAR' });
  }

  #add(part: Float32Array | Uint32Array, accessor: object): number {
    this.#accessors.push({ bufferView: this.#parts.length, ...accessor });
    this.#parts.push(part);
    this.#byteLength += part.byteLength;
    return this.#accessors.length - 1;
  }

  json(): object {
    let byteOffset = 0;
    const bufferViews = this.#parts.map(({ byteLength }) => {
      const view = { buffer: 0, byteOffset, byteLength };
      byteOffset += byteLength;
      return view;
    });
    return { accessors: this.#accessors, bufferViews, buffers: [{ byteLength: this.#byteLength }] };
  }

  bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#parts.map((part) => new Uint8Array(part.buffer))));
  }
}

/** 36 vertices for each layer: six sides of two triangles. */
function boxVertices(layers: number) {
  const [positions, normals, uvs]: [number[], number[], number[]] = [[], [], []];
  const half = [0.5, 1, 0.75] as const;
  for (const axis of [0, 1, 2] as const) {
    for (const sign of [1, -1] as const) {
      const [u, v] = [((axis + 1) % 3) as 0 | 1 | 2, ((axis + 2) % 3) as 0 | 1 | 2];
      const corners = [[-1, -1], [1, -1], [1, 1], [-1, -1], [1, 1], [-1, 1]] as const; // biome-ignore format: a square
      for (const [cu, cv] of corners) {
        const point: [number, number, number] = [0, 0, 0];
        point[axis] = sign * half[axis];
        // The other side is wound the other way round.
        point[u] = cu * half[u] * sign;
        point[v] = cv * half[v];
        positions.push(...point);
        normals.push(...[0, 1, 2].map((index) => (index === axis ? sign : 0)));
        uvs.push((cu + 1) / 2, (cv + 1) / 2);
      }
    }
  }
  const layered = (values: number[]) => Array.from({ length: layers }, () => values).flat();
  return { positions: layered(positions), normals: layered(normals), uvs: layered(uvs) };
}
