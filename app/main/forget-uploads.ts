/** Deletes what was uploaded, and what came of it, once its time is over; not what a kept review reads as well. */
import type { ArtifactStore, Digest, ResultStore, StoredAsset, UploadShelf } from '../../src/index.ts';

/** What it works with. */
export interface Forgetting {
  readonly uploads: UploadShelf;
  readonly results: Pick<ResultStore, 'forget'>;
  readonly artifacts: Pick<ArtifactStore, 'forget'>;
}

const AT_ONCE = 20;

/** Forgets what has expired by `nowMs`; gives how many uploads. */
export async function forgetUploads({ uploads, results, artifacts }: Forgetting, nowMs: number): Promise<number> {
  const over = await uploads.expired(nowMs, AT_ONCE);
  for (const { id, finishedMs, files, assets } of over) {
    const bySource = new Map<Digest, readonly StoredAsset[]>(files.map((digest) => [digest, []]));
    for (const asset of assets) {
      const source = asset.report.sourceDigest ?? asset.model?.before.digest;
      if (source) bySource.set(source, [...(bySource.get(source) ?? []), asset]);
    }
    for (const [source, made] of bySource) {
      // The same bytes in another review: its pictures and its result are the same files.
      if (await uploads.isUsedElsewhere(source, id)) continue;
      // Before the bytes: a result that names nothing is worse than none.
      await results.forget(source);
      // Put again since: whoever did it works on it.
      if (!(await artifacts.forget(source, finishedMs))) continue;
      for (const digest of new Set(made.flatMap(digestsOf))) {
        if (!(await uploads.isUsedElsewhere(digest, id))) await artifacts.forget(digest, finishedMs);
      }
    }
    await uploads.forget(id);
  }
  return over.length;
}

function digestsOf({ file, images, model }: StoredAsset): readonly Digest[] {
  const models = [model?.base, model?.before, model?.after].flatMap((one) => one ?? []);
  return [
    ...(file === null ? [] : [file.digest]),
    ...images.map(({ digest }) => digest),
    ...models.flatMap(({ digest, siblings }) => [digest, ...siblings.map(([, sibling]) => sibling.digest)]),
  ];
}
