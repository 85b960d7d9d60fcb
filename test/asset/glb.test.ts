import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf, type Gltf, readGlb, readLfsPointer, writeGlb, writeLfsPointer } from '../../src/asset/glb.ts';

const JSON_CHUNK = 0x4e4f534a;
const BIN_CHUNK = 0x004e4942;

/** A container by hand: header, then chunks as `[type, bytes, declared length]`. */
function container(
  chunks: readonly (readonly [type: number, bytes: Uint8Array | string, declared?: number])[],
  header: { readonly magic?: number; readonly version?: number; readonly length?: number } = {},
): Uint8Array<ArrayBuffer> {
  const bodies = chunks.map(([type, bytes, declared]) => {
    const data = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
    const body = new Uint8Array(8 + data.byteLength);
    new DataView(body.buffer).setUint32(0, declared ?? data.byteLength, true);
    new DataView(body.buffer).setUint32(4, type, true);
    body.set(data, 8);
    return body;
  });
  const total = 12 + bodies.reduce((sum, body) => sum + body.byteLength, 0);
  const out = new Uint8Array(total);
  const view = new DataView(out.buffer);
  view.setUint32(0, header.magic ?? 0x46546c67, true);
  view.setUint32(4, header.version ?? 2, true);
  view.setUint32(8, header.length ?? total, true);
  let offset = 12;
  for (const body of bodies) {
    out.set(body, offset);
    offset += body.byteLength;
  }
  return out;
}

const SMALL = '{"asset":{"version":"2.0"}} ';
const json = [JSON_CHUNK, SMALL] as const;
const four = new Uint8Array(4);

describe('readGlb', () => {
  it.each([
    ['nothing at all', new Uint8Array(0), 'GLB_TOO_SHORT'],
    ['a header that ends early', container([json]).slice(0, 11), 'GLB_TOO_SHORT'],
    ['a PNG in disguise', container([json], { magic: 0x474e5089 }), 'GLB_NOT_A_GLB'],
    [
      'an LFS pointer',
      new TextEncoder().encode(writeLfsPointer({ digest: 'a'.repeat(64), byteLength: 9 })),
      'GLB_NOT_A_GLB',
    ],
    ['a container of version 1', container([json], { version: 1 }), 'GLB_VERSION'],
    ['a file that is cut off', container([json]).slice(0, -4), 'GLB_LENGTH'],
    ['a length that ends inside a chunk', container([json], { length: 24 }), 'GLB_CHUNK'],
    ['no chunk at all', container([]), 'GLB_CHUNK'],
    ['half a chunk header', container([json], { length: 16 }), 'GLB_CHUNK'],
    ['a chunk longer than the file', container([[JSON_CHUNK, SMALL, 4096]]), 'GLB_CHUNK'],
    ['a chunk length near 4 GiB', container([[JSON_CHUNK, SMALL, 0xffffffff]]), 'GLB_CHUNK'],
    ['binary before JSON', container([[BIN_CHUNK, four], json]), 'GLB_CHUNK'],
    ['two JSON chunks', container([json, json]), 'GLB_CHUNK'],
    ['two binary chunks', container([json, [BIN_CHUNK, four], [BIN_CHUNK, four]]), 'GLB_CHUNK'],
    ['binary after a foreign chunk', container([json, [0x58585858, four], [BIN_CHUNK, four]]), 'GLB_CHUNK'],
    ['JSON that is no JSON', container([[JSON_CHUNK, '{"asset":']]), 'GLB_JSON'],
    ['a list as root', container([[JSON_CHUNK, '[1]']]), 'GLB_JSON'],
    ['null as root', container([[JSON_CHUNK, 'null']]), 'GLB_JSON'],
    ['bytes that are no UTF-8', container([[JSON_CHUNK, Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d)]]), 'GLB_JSON'],
    ['JSON nested without end', container([[JSON_CHUNK, '['.repeat(200_000)]]), 'LIMIT_DEPTH'],
  ])('refuses %s', (_sentence, bytes, code) => {
    expect(readGlb(Uint8Array.from(bytes))).toMatchObject([{ code, severity: 'error', pointer: '' }]);
  });

  it.each([
    ['a tail after the declared end', Uint8Array.of(...container([json]), 1, 2, 3)],
    ['a foreign chunk behind the binary one', container([json, [BIN_CHUNK, four], [0x58585858, four]])],
    [
      'braces inside of strings, however many',
      container([[JSON_CHUNK, JSON.stringify({ asset: { version: '2.0' }, extras: `\\"${'['.repeat(500)}` })]]),
    ],
  ])('accepts %s', (_sentence, bytes) => {
    expect(readGlb(bytes)).toMatchObject({ json: { asset: { version: '2.0' } } });
  });

  it('gives the bytes of the binary chunk alone', () => {
    expect(readGlb(container([json, [BIN_CHUNK, Uint8Array.of(1, 2, 3, 4)]]))).toMatchObject({
      bin: Uint8Array.of(1, 2, 3, 4),
    });
  });

  it('reads what writeGlb wrote, padded to four bytes', () => {
    const documents = fc.record({ asset: fc.constant({ version: '2.0' }), extras: fc.jsonValue() });
    fc.assert(
      fc.property(documents, fc.uint8Array({ maxLength: 40 }), (document, bin) => {
        const written = writeGlb(document as Gltf, bin);
        const read = readGlb(written);
        if (!('json' in read)) throw new Error(read[0]?.message);
        expect(written.byteLength % 4).toBe(0);
        expect(JSON.stringify(read.json)).toBe(JSON.stringify(document));
        expect([...read.bin]).toEqual([...bin, ...new Array<number>((4 - (bin.length % 4)) % 4).fill(0)]);
        expect(read.digest).toBe(digestOf(written));
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('never throws, whatever byte is changed, wherever the file is cut', () => {
    const sound = container([json, [BIN_CHUNK, Uint8Array.of(1, 2, 3, 4)]]);
    const at = fc.nat({ max: sound.byteLength - 1 });
    fc.assert(
      fc.property(fc.array(fc.tuple(at, fc.nat({ max: 255 })), { maxLength: 4 }), fc.option(at), (changes, cut) => {
        const bytes = sound.slice(0, cut ?? undefined);
        for (const [place, value] of changes) if (place < bytes.length) bytes[place] = value;
        expect(() => readGlb(bytes)).not.toThrow();
      }),
      { seed: 2, numRuns: 2000 },
    );
  });
});

describe('readLfsPointer', () => {
  it('reads what writeLfsPointer wrote', () => {
    const digest = fc.stringMatching(/^[0-9a-f]{64}$/);
    fc.assert(
      fc.property(digest, fc.nat({ max: 2 ** 40 }), (oid, byteLength) => {
        const pointer = { digest: oid, byteLength };
        expect(readLfsPointer(new TextEncoder().encode(writeLfsPointer(pointer)))).toEqual(pointer);
      }),
      { seed: 3 },
    );
  });

  it.each([
    ['a GLB', container([json])],
    ['a pointer without a size', `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\n`],
    ['a pointer with a short digest', 'version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 5\n'],
    [
      'a text that only quotes a pointer',
      `see version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 5\n`,
    ],
    [
      'a pointer with a kilobyte of extras',
      `version https://git-lfs.github.com/spec/v1\n${'x'.repeat(1024)}\noid sha256:${'a'.repeat(64)}\nsize 5\n`,
    ],
  ])('takes %s for what it is: no pointer', (_sentence, text) => {
    expect(readLfsPointer(typeof text === 'string' ? new TextEncoder().encode(text) : text)).toBeUndefined();
  });
});
