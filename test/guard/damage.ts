/** What goes wrong with a model, done on purpose: a document in, the same document damaged. */
import type { Document, Primitive, Texture, TypedArray } from '@gltf-transform/core';
import { dequantize, simplify, unweld, weld } from '@gltf-transform/functions';
import { MeshoptSimplifier } from 'meshoptimizer';
import sharp, { type Sharp } from 'sharp';

/** Changes a document in place. */
export type Change = (document: Document) => void | Promise<void>;

/** Every texture again as WebP, as most tools would do it. */
export function webp(quality: number): Change {
  return (document) => encodeEach(document.getRoot().listTextures(), (image) => image.webp({ quality }), 'image/webp');
}

/** Base colours whose sRGB curve was taken off, and nobody put it back. */
export const darkGamma: Change = (document) => bendCurve(baseTextures(document));

/** Normal maps that were converted as if they held colours. */
export const normalsAsColours: Change = (document) =>
  bendCurve(materialsOf(document).flatMap((material) => material.getNormalTexture() ?? []));

/** Base colours turned around the colour circle. */
export function hue(degrees: number): Change {
  return (document) =>
    encodeEach(baseTextures(document), (image) => image.modulate({ hue: degrees }).png(), 'image/png');
}

/** Materials without their normal map. */
export const noNormalMap: Change = (document) => {
  for (const material of materialsOf(document)) material.setNormalTexture(null);
};

/** Materials without their base colour texture. */
export const noBaseTexture: Change = (document) => {
  for (const material of materialsOf(document)) material.setBaseColorTexture(null);
};

/** Fewer triangles, whatever it costs. */
export function fewerTriangles(ratio: number): Change {
  return async (document) => {
    await document.transform(dequantize(), weld(), simplify({ simplifier: MeshoptSimplifier, ratio, error: 1 }));
  };
}

/** Texture coordinates moved by a part of the texture. */
export function shiftedUvs(part: number): Change {
  return (document) => {
    for (const primitive of primitivesOf(document)) {
      changeValues(primitive, 'TEXCOORD_0', (values) => values.map((value) => value + part));
    }
  };
}

/** Triangles that turn their backs to us. */
export const flippedWinding: Change = async (document) => {
  await document.transform(unweld());
  for (const primitive of primitivesOf(document)) {
    for (const semantic of primitive.listSemantics()) {
      const size = primitive.getAttribute(semantic)?.getElementSize() ?? 1;
      // Corner 1 changes places with corner 2.
      const other = (vertex: number) => vertex + ([0, 1, -1][vertex % 3] ?? 0);
      changeValues(primitive, semantic, (from) =>
        from.map((_, i) => from[other(Math.floor(i / size)) * size + (i % size)] ?? 0),
      );
    }
  }
};

/** Vertices that follow each other's bones: the weights of each in the opposite order. */
export const shuffledWeights: Change = (document) => {
  for (const primitive of primitivesOf(document)) {
    changeValues(primitive, 'WEIGHTS_0', (from) => from.map((_, i) => from[i + 3 - 2 * (i % 4)] ?? 0));
  }
};

/** Two joints of every skin changed places, their inverse bind matrices did not. */
export function swappedJoints(first: string, second: string): Change {
  return (document) => {
    for (const skin of document.getRoot().listSkins()) {
      const joints = skin.listJoints();
      const swapped = joints.map((joint) => {
        const to = joint.getName() === first ? second : joint.getName() === second ? first : joint.getName();
        return joints.find((candidate) => candidate.getName() === to) ?? joint;
      });
      for (const joint of joints) skin.removeJoint(joint);
      for (const joint of swapped) skin.addJoint(joint);
    }
  };
}

/** Clips begin later: all of them, or one by its name. */
export function lateClips(seconds: number, only?: string): Change {
  return (document) => {
    const samplers = document
      .getRoot()
      .listAnimations()
      .filter((clip) => only === undefined || clip.getName() === only)
      .flatMap((clip) => clip.listSamplers());
    const inputs = new Set(samplers.flatMap((sampler) => sampler.getInput() ?? []));
    for (const input of inputs) input.setArray(Float32Array.from(input.getArray() ?? [], (time) => time + seconds));
  };
}

/** One node draws nothing any more. */
export function lostPart(node: string): Change {
  return (document) => {
    for (const candidate of document.getRoot().listNodes()) if (candidate.getName() === node) candidate.setMesh(null);
  };
}

/** A few triangles are gone: a hole. `part` of them, in one piece. */
export function hole(part: number): Change {
  return async (document) => {
    await document.transform(weld());
    for (const primitive of primitivesOf(document)) {
      const indices = primitive.getIndices();
      const array = indices?.getArray();
      if (!indices || !array) continue;
      const [count, middle] = [Math.ceil((array.length / 3) * part) * 3, Math.floor(array.length / 6) * 3];
      indices.setArray(array.filter((_, i) => i < middle || i >= middle + count));
    }
  };
}

const materialsOf = (document: Document) => document.getRoot().listMaterials();

function baseTextures(document: Document): readonly Texture[] {
  return [...new Set(materialsOf(document).flatMap((material) => material.getBaseColorTexture() ?? []))];
}

function primitivesOf(document: Document): readonly Primitive[] {
  const meshes = document.getRoot().listMeshes();
  return [...new Set(meshes.flatMap((mesh) => mesh.listPrimitives()))];
}

/** Gives a primitive values of its own in place of an attribute, so that shared accessors are changed once. */
function changeValues(primitive: Primitive, semantic: string, change: (values: TypedArray) => TypedArray): void {
  const accessor = primitive.getAttribute(semantic);
  const array = accessor?.getArray();
  if (accessor && array) primitive.setAttribute(semantic, accessor.clone().setArray(change(array)));
}

async function encodeEach(
  textures: readonly Texture[],
  encode: (image: Sharp) => Sharp,
  mimeType: string,
): Promise<void> {
  for (const texture of textures) {
    const image = texture.getImage();
    if (image === null) continue;
    texture.setImage(Uint8Array.from(await encode(sharp(image)).toBuffer())).setMimeType(mimeType);
  }
}

async function bendCurve(textures: readonly Texture[]): Promise<void> {
  for (const texture of textures) {
    const image = texture.getImage();
    if (image === null) continue;
    const { data, info } = await sharp(image).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const bent = data.map((value) => Math.round(255 * (value / 255) ** 2.2));
    const raw = { width: info.width, height: info.height, channels: info.channels };
    texture.setImage(Uint8Array.from(await sharp(bent, { raw }).png().toBuffer())).setMimeType('image/png');
  }
}
