/** A ZIP archive of files that are in the artifact store, nothing compressed: a GLB has been made small already. */
import { Readable } from 'node:stream';
import type { ReadableStream as NodeStream } from 'node:stream/web';
import { crc32 } from 'node:zlib';
import type { Digest } from '../../src/index.ts';

/** One file of the archive. */
export interface ZipFile {
  /** A path with `/`; as a name, not as a place: what climbs is cut off. */
  readonly name: string;
  readonly digest: Digest;
  readonly byteLength: number;
}

type OpenStream = (
  digest: Digest,
) => Promise<{ readonly byteLength: number; readonly chunks: AsyncIterable<Uint8Array> } | undefined>;

// ZIP's own numbers. [APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16] Bit 11: names are UTF-8. 1980-01-01, so that equal files make equal archives.
const [LOCAL, CENTRAL, END, UTF8, DAY] = [0x04034b50, 0x02014b50, 0x06054b50, 0x0800, 0x21];

/** The archive as a stream, and how long it is; undefined when a file is gone. Each file is read twice: its checksum comes before it. */
export async function zipOf(
  files: readonly ZipFile[],
  open: OpenStream,
): Promise<{ readonly byteLength: number; readonly body: ReadableStream } | undefined> {
  const entries: { readonly file: ZipFile; readonly name: Buffer; readonly sum: number; readonly at: number }[] = [];
  let at = 0;
  for (const file of files) {
    const stream = await open(file.digest);
    if (stream === undefined || stream.byteLength !== file.byteLength) return undefined;
    let sum = 0;
    for await (const chunk of stream.chunks) sum = crc32(chunk, sum);
    const name = Buffer.from(safeName(file.name));
    entries.push({ file, name, sum, at });
    at += 30 + name.byteLength + file.byteLength;
  }
  const central = Buffer.concat(entries.map((entry) => centralRecord(entry)));
  const end = Buffer.alloc(22);
  end.writeUInt32LE(END, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.byteLength, 12);
  end.writeUInt32LE(at, 16);

  async function* write(): AsyncGenerator<Uint8Array> {
    for (const { file, name, sum } of entries) {
      const head = Buffer.alloc(30);
      head.writeUInt32LE(LOCAL, 0);
      writeCommon(head, 4, file, name, sum);
      yield Buffer.concat([head, name]);
      const stream = await open(file.digest);
      if (stream === undefined) throw new Error('a file of the archive is gone');
      yield* stream.chunks;
    }
    yield Buffer.concat([central, end]);
  }
  // The types of the web and of Node are two declarations of one stream.
  const body: NodeStream = Readable.toWeb(Readable.from(write(), { objectMode: false }));
  return { byteLength: at + central.byteLength + end.byteLength, body: body as ReadableStream };
}

function centralRecord({ file, name, sum, at }: { file: ZipFile; name: Buffer; sum: number; at: number }): Buffer {
  const record = Buffer.alloc(46);
  record.writeUInt32LE(CENTRAL, 0);
  record.writeUInt16LE(20, 4);
  writeCommon(record, 6, file, name, sum);
  record.writeUInt32LE(at, 42);
  return Buffer.concat([record, name]);
}

/** What both kinds of records hold, in the same order. */
function writeCommon(into: Buffer, from: number, { byteLength }: ZipFile, name: Buffer, sum: number): void {
  into.writeUInt16LE(20, from);
  into.writeUInt16LE(UTF8, from + 2);
  into.writeUInt16LE(DAY, from + 8);
  into.writeUInt32LE(sum, from + 10);
  into.writeUInt32LE(byteLength, from + 14);
  into.writeUInt32LE(byteLength, from + 18);
  into.writeUInt16LE(name.byteLength, from + 22);
}

function safeName(name: string): string {
  return name
    .split(/[/\\]/)
    .filter((part) => part !== '' && part !== '.' && part !== '..')
    .join('/');
}
