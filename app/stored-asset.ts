/** A reviewed asset as JSON, its bytes in the artifact store; and back, with bytes that are read when they are wanted. */
import {
  type ArtifactStore,
  BotError,
  type Content,
  type ProposedFile,
  type ReviewedAsset,
  type StoredAsset,
  type StoredBytes,
  type StoredGlb,
  type StoredGlbBytes,
} from '../src/index.ts';

/** Stores its bytes; what comes back is JSON. */
export async function storeAsset(
  { report, file, images, model }: ReviewedAsset,
  store: ArtifactStore,
): Promise<StoredAsset> {
  const put = async (content: Content): Promise<StoredBytes> => store.put(await content.read());
  const putGlb = async ({ content, siblings }: StoredGlb): Promise<StoredGlbBytes> => {
    const stored: (readonly [string, StoredBytes])[] = [];
    for (const [uri, sibling] of siblings) stored.push([uri, await put(sibling)]);
    return { ...(await put(content)), siblings: stored };
  };
  const pictures: StoredAsset['images'][number][] = [];
  for (const { name, content } of images) pictures.push({ name, ...(await put(content)) });
  return {
    report,
    file:
      file === null
        ? null
        : {
            path: file.path,
            mode: file.mode,
            sourceBlob: file.sourceBlob,
            originalPath: file.originalPath,
            ...deliveryOf(file),
            ...(await put(file.content)),
          },
    images: pictures,
    model:
      model === null
        ? null
        : {
            ...(model.base ? { base: await putGlb(model.base) } : {}),
            before: await putGlb(model.before),
            after: model.after === null ? null : await putGlb(model.after),
          },
  };
}

/** The asset again; nothing is read yet. */
export function loadAsset({ report, file, images, model }: StoredAsset, store: ArtifactStore): ReviewedAsset {
  const content = ({ digest, byteLength }: StoredBytes): Content => ({
    byteLength,
    async read() {
      const bytes = await store.get(digest);
      if (bytes !== undefined) return bytes;
      throw new BotError('SERVICE_UNAVAILABLE', 'an artifact has expired', {
        at: digest,
        hint: 'Ask for the review again.',
      });
    },
  });
  const glb = (stored: StoredGlbBytes): StoredGlb => ({
    content: content(stored),
    siblings: new Map(stored.siblings.map(([uri, sibling]) => [uri, content(sibling)])),
  });
  return {
    report,
    file:
      file === null
        ? null
        : {
            path: file.path,
            mode: file.mode,
            sourceBlob: file.sourceBlob,
            originalPath: file.originalPath,
            ...deliveryOf(file),
            digest: file.digest,
            content: content(file),
          },
    images: images.map((image) => ({ name: image.name, content: content(image) })),
    model:
      model === null
        ? null
        : {
            path: report.path,
            ...(model.base === undefined ? {} : { base: glb(model.base) }),
            before: glb(model.before),
            after: model.after === null ? null : glb(model.after),
          },
  };
}

function deliveryOf({ delivery }: Pick<ProposedFile, 'delivery'>): Pick<ProposedFile, 'delivery'> {
  return delivery === undefined ? {} : { delivery };
}
