/**
 * The images behind the contract: each can still be read, and none is larger or of another shape. What an extension may
 * mean keeps its pixels, what one reads keeps its bytes.
 */
import { AccessorReader } from '../asset/accessors.ts';
import { readDataUri } from '../asset/data-uri.ts';
import { isRecord } from '../asset/extensions.ts';
import { digestOf, type Gltf, type SourceGlb } from '../asset/glb.ts';
import { imageSize } from '../asset/image-size.ts';
import { listImageUses, type SlotKind } from '../asset/textures.ts';
import { type Finding, finding, pointer } from '../finding.ts';
import { decodeImage } from '../optimize/image-codec.ts';
import { partOf } from '../optimize/image-error.ts';

/** No rule makes an image smaller than this, its longest side counted. */
const SMALLEST_PX = 4;

/** The images that a texture names, by what names them: `source`, or an extension. */
export function sourcesOf(texture: { readonly source?: number; readonly extensions?: object }): Record<string, number> {
  const extensions = Object.entries(texture.extensions ?? {}).map(
    ([name, extension]) => [name, isRecord(extension) ? extension.source : undefined] as const,
  );
  const all = [['source', texture.source] as const, ...extensions];
  return Object.fromEntries(all.filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
}

/** Images of `after` that are broken, or not what they were. Both must have the same textures. */
export async function checkImages(before: SourceGlb, after: SourceGlb): Promise<readonly Finding[]> {
  const [was, is] = [bytesReader(before), bytesReader(after)];
  const uses = listImageUses(before.json);
  const findings: Finding[] = [];
  const known = new Set<string>();
  for (const [from, to] of pairsOf(before.json, after.json)) {
    const [source, output] = [was(from), is(to)];
    // Images beside the file stay beside it.
    if (known.has(`${from} ${to}`) || source === undefined) continue;
    known.add(`${from} ${to}`);
    const wrong =
      output === undefined ? 'It is gone.' : await compareImages(source, output, partOf(uses.get(from) ?? []).kind);
    if (wrong !== undefined) findings.push(finding('CONTRACT_BROKEN', pointer('images', to), wrong));
  }
  return [...findings, ...checkUnnamed(before, after)];
}

/** Image of the source, image of the output: a texture with one image may name it by another extension. */
function pairsOf(before: Gltf, after: Gltf): readonly (readonly [number, number])[] {
  return (before.textures ?? []).flatMap((texture, t) => {
    const was = sourcesOf(texture);
    const is = sourcesOf(after.textures?.[t] ?? {});
    const sole = Object.keys(was).length === 1 ? Object.values(is)[0] : undefined;
    return Object.entries(was).map(([role, image]) => [image, is[role] ?? sole ?? -1] as const);
  });
}

async function compareImages(source: Uint8Array, output: Uint8Array, kind: SlotKind): Promise<string | undefined> {
  if (source.byteLength === output.byteLength && digestOf(source) === digestOf(output)) return undefined;
  if (kind === 'exact') return 'An image whose every bit may count was changed.';
  if (kind === 'pixels' && !(await hasEqualPixels(source, output)))
    return 'An image whose every pixel may count was changed.';
  const [was, is] = [imageSize(source), imageSize(output)];
  if (is === undefined) return 'The image cannot be read any more.';
  if (was === undefined) return 'An image that could not be read was changed.';
  const [longest, now] = [Math.max(was.width, was.height), Math.max(is.width, is.height)];
  const ratio = now / longest;
  const isAlike =
    ratio <= 1 &&
    now >= Math.min(SMALLEST_PX, longest) &&
    Math.abs(was.width * ratio - is.width) <= 1 &&
    Math.abs(was.height * ratio - is.height) <= 1;
  return isAlike ? undefined : `It was ${was.width} × ${was.height} px and became ${is.width} × ${is.height} px.`;
}

/** Equal also where alpha hides the colour. What cannot be decoded equals nothing. */
async function hasEqualPixels(source: Uint8Array, output: Uint8Array): Promise<boolean> {
  const decoded = await Promise.all([source, output].map((bytes) => decodeImage(bytes, 'keep'))).catch(() => []);
  const [was, is] = decoded;
  if (was === undefined || is === undefined || was.width !== is.width) return false;
  return was.data.length === is.data.length && was.data.every((value, i) => value === is.data[i]);
}

/** Nobody knows what images without a texture are for: they keep every bit. */
function checkUnnamed(before: SourceGlb, after: SourceGlb): readonly Finding[] {
  const named = new Set((before.json.textures ?? []).flatMap((texture) => Object.values(sourcesOf(texture))));
  const unnamed = [...(before.json.images ?? []).keys()].filter((index) => !named.has(index));
  if (unnamed.length === 0) return [];
  const [was, is] = [bytesReader(before), bytesReader(after)];
  const digests = [...(after.json.images ?? []).keys()].flatMap((index) => digestOf(is(index) ?? new Uint8Array(0)));
  const kept = new Set(digests);
  return unnamed
    .filter((index) => {
      const bytes = was(index);
      return bytes !== undefined && !kept.has(digestOf(bytes));
    })
    .map((index) => finding('CONTRACT_BROKEN', pointer('images', index), 'An image without a texture was changed.'));
}

/** The bytes of a file's own images, by their index. */
export function bytesReader({ json, bin }: SourceGlb): (index: number) => Uint8Array | undefined {
  const reader = new AccessorReader(json, bin);
  return (index) => {
    const image = json.images?.[index];
    if (image?.bufferView !== undefined) return reader.view(image.bufferView);
    return image?.uri === undefined ? undefined : readDataUri(image.uri);
  };
}
