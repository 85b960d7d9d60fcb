/** The least that such a program does: reads a file, decodes and encodes each texture once, packs the geometry once, writes. */
import { NodeIO, type Texture } from '@gltf-transform/core';
import { ALL_EXTENSIONS, EXTTextureWebP } from '@gltf-transform/extensions';
import { meshopt } from '@gltf-transform/functions';
import draco3d from 'draco3dgltf';
import { MeshoptDecoder, MeshoptEncoder } from 'meshoptimizer';
import sharp from 'sharp';

const [input = '', output = ''] = process.argv.slice(2);
await Promise.all([MeshoptDecoder.ready, MeshoptEncoder.ready]);
const io = new NodeIO().registerExtensions(ALL_EXTENSIONS).registerDependencies({
  'draco3d.decoder': await draco3d.createDecoderModule(),
  'meshopt.decoder': MeshoptDecoder,
  'meshopt.encoder': MeshoptEncoder,
});
const document = await io.read(input);
const { textures } = { textures: document.getRoot().listTextures() };

async function encode(texture: Texture): Promise<void> {
  const image = texture.getImage();
  // Blocks for the GPU stay what they are.
  if (image === null || texture.getMimeType() === 'image/ktx2') return;
  texture.setImage(new Uint8Array(await sharp(image).webp({ quality: 80 }).toBuffer())).setMimeType('image/webp');
}

await Promise.all(textures.map(encode));
if (textures.some((texture) => texture.getMimeType() === 'image/webp'))
  document.createExtension(EXTTextureWebP).setRequired(true);
await document.transform(meshopt({ encoder: MeshoptEncoder }));
await io.write(output, document);
