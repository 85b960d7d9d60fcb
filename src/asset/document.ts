/** Bytes <-> glTF-Transform's Document, for the merging steps: extensions and codecs are registered here, once. */
import { type Document, Logger, WebIO } from '@gltf-transform/core';
import { ALL_EXTENSIONS } from '@gltf-transform/extensions';
import draco3d from 'draco3dgltf';
import { MeshoptDecoder } from 'meshoptimizer/decoder';
import type { SourceGlb } from './glb.ts';

let opening: Promise<WebIO> | undefined;

/** WebIO is the one without a file system; only its binary methods are called, and they fetch nothing. */
async function io(): Promise<WebIO> {
  opening ??= (async () => {
    await MeshoptDecoder.ready;
    const decoder = await draco3d.createDecoderModule();
    return new WebIO()
      .registerExtensions(ALL_EXTENSIONS)
      .registerDependencies({ 'draco3d.decoder': decoder, 'meshopt.decoder': MeshoptDecoder });
  })();
  return opening;
}

/** Reads a conforming file; what no extension class knows is lost, so ask `listUnknownExtensions` first. */
export async function readDocument(source: SourceGlb): Promise<Document> {
  // What it has to say goes to the console by default, which belongs to the caller.
  return (await (await io()).readBinary(source.bytes)).setLogger(new Logger(Logger.Verbosity.SILENT));
}

/** Writes a document as one GLB. */
export async function writeDocument(document: Document): Promise<Uint8Array<ArrayBuffer>> {
  return Uint8Array.from(await (await io()).writeBinary(document));
}
