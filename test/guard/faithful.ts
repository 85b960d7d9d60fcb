/** The same model, written differently: what the guard must let pass. And how documents become files. */
import { type Document, Logger, NodeIO } from '@gltf-transform/core';
import { ALL_EXTENSIONS, EXTMeshoptCompression, EXTTextureWebP } from '@gltf-transform/extensions';
import { draco, quantize, reorder, weld } from '@gltf-transform/functions';
import draco3d from 'draco3dgltf';
import { MeshoptDecoder, MeshoptEncoder } from 'meshoptimizer';
import sharp from 'sharp';
import type { GlbFile } from '../../src/ports.ts';
import type { Change } from './damage.ts';

/** Nothing is changed: read and written again. */
export const resaved: Change = () => {};

/** Positions in so many bits of the mesh's size; nothing else. */
export function positionBits(bits: number): Change {
  return async (document) => {
    await document.transform(quantize({ pattern: /^POSITION$/, quantizePosition: bits }));
  };
}

/** The meshopt codec over untouched values. */
export const meshoptCodec: Change = (document) => {
  const { QUANTIZE } = EXTMeshoptCompression.EncoderMethod;
  document.createExtension(EXTMeshoptCompression).setRequired(true).setEncoderOptions({ method: QUANTIZE });
};

/** Draco at 14 bits for positions. */
export const draco14: Change = async (document) => {
  await document.transform(draco({ quantizePosition: 14, quantizeNormal: 12, quantizeTexcoord: 14 }));
};

/** Vertices and triangles in the order that GPUs like. */
export const reordered: Change = async (document) => {
  await document.transform(weld(), reorder({ encoder: MeshoptEncoder }));
};

/** Every texture as lossless WebP. */
export const losslessWebp: Change = async (document) => {
  document.createExtension(EXTTextureWebP).setRequired(true);
  for (const texture of document.getRoot().listTextures()) {
    const image = texture.getImage();
    if (image === null) continue;
    const bytes = await sharp(image).webp({ lossless: true, exact: true, effort: 1 }).toBuffer();
    texture.setImage(Uint8Array.from(bytes)).setMimeType('image/webp');
  }
};

/** Reads and writes with every codec: glTF-Transform, so that our own steps do not vouch for themselves. */
export async function openWorkshop(): Promise<(original: GlbFile, change: Change) => Promise<GlbFile>> {
  await Promise.all([MeshoptDecoder.ready, MeshoptEncoder.ready]);
  const io = new NodeIO().registerExtensions(ALL_EXTENSIONS).registerDependencies({
    'draco3d.decoder': await draco3d.createDecoderModule(),
    'draco3d.encoder': await draco3d.createEncoderModule(),
    'meshopt.decoder': MeshoptDecoder,
    'meshopt.encoder': MeshoptEncoder,
  });
  return async (original, change) => {
    const document: Document = await io.readBinary(original.bytes);
    document.setLogger(new Logger(Logger.Verbosity.SILENT));
    await change(document);
    const isWebp = document
      .getRoot()
      .listTextures()
      .some((texture) => texture.getMimeType() === 'image/webp');
    if (isWebp) document.createExtension(EXTTextureWebP).setRequired(true);
    return { bytes: Uint8Array.from(await io.writeBinary(document)), siblings: new Map() };
  };
}
