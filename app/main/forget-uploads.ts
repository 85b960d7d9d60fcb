/**
 * Deletes what was uploaded, and the models that came of it, once its time is over; not what a kept review or an open job has as
 * well. Of pictures, bases and siblings nobody can say cheaply who else shows them: they go with the old artifacts.
 */
import type { ArtifactStore, Digest, ExpiredUpload, ResultStore, UploadShelf } from '../../src/index.ts';

/** What it works with. */
export interface Forgetting {
  readonly uploads: UploadShelf;
  readonly results: Pick<ResultStore, 'forget'>;
  readonly artifacts: Pick<ArtifactStore, 'forget'>;
}

const AT_ONCE = 20;

/** Forgets what has expired by `nowMs`; gives how many uploads. */
export async function forgetUploads({ uploads, results, artifacts }: Forgetting, nowMs: number): Promise<number> {
  const over = (await uploads.expired(nowMs, AT_ONCE)).map((upload) => ({ ...upload, models: modelsOf(upload) }));
  if (over.length === 0) return 0;
  // Jobs before reviews: what ends in between is in one of them.
  const open = await uploads.inOpenJobs(over.flatMap(({ models }) => digestsOf(models)));
  for (const { id, finishedMs, models } of over) {
    const kept = await uploads.inOtherReviews(digestsOf(models), id);
    const isUsed = (digest: Digest) => open.has(digest) || kept.has(digest);
    for (const [source, outputs] of models) {
      // The same bytes in another review: what came of it is the same file.
      if (isUsed(source)) continue;
      // Before the bytes: a result that names nothing is worse than none.
      await results.forget(source);
      // Put again since: whoever did it works on it.
      if (!(await artifacts.forget(source, finishedMs))) continue;
      for (const output of outputs) if (!isUsed(output)) await artifacts.forget(output, finishedMs);
    }
    await uploads.forget(id);
  }
  return over.length;
}

/** What came of each source. */
function modelsOf({ files, assets }: ExpiredUpload): ReadonlyMap<Digest, ReadonlySet<Digest>> {
  const models = new Map<Digest, Set<Digest>>(files.map((digest) => [digest, new Set()]));
  for (const { sourceDigest, outputDigest } of assets.map(({ report }) => report)) {
    if (sourceDigest === null) continue;
    const outputs = models.get(sourceDigest) ?? new Set();
    if (outputDigest !== null) outputs.add(outputDigest);
    models.set(sourceDigest, outputs);
  }
  return models;
}

const digestsOf = (models: ReadonlyMap<Digest, ReadonlySet<Digest>>): readonly Digest[] =>
  [...models].flatMap(([source, outputs]) => [source, ...outputs]);
