/** The home of an upload: its files are in the artifact store, and the report is the whole answer. */
import { type ArtifactStore, BotError, type ReviewHome, type ReviewJob } from '../../src/index.ts';

/** Opens it. */
export function uploadHome({ upload }: ReviewJob, artifacts: ArtifactStore): ReviewHome {
  if (upload === undefined) throw new BotError('INTERNAL', 'an upload has no files');
  const digests = new Map(upload.files.map((file) => [file.path, file.digest]));
  return {
    source: {
      listChanges: async () =>
        upload.files.map(({ path, byteLength }) => ({ path, change: 'added', blob: '', mode: '100644', byteLength })),
      readPolicy: async () => undefined,
      async readBytes({ path, byteLength }, limitBytes) {
        if (byteLength > limitBytes) return { kind: 'over-limit', byteLength, limitBytes };
        const digest = digests.get(path);
        const bytes = digest === undefined ? undefined : await artifacts.get(digest);
        if (bytes !== undefined) return { kind: 'bytes', bytes };
        throw new BotError('FILE_NOT_FOUND', 'the upload has expired.', { at: path, hint: 'Upload it again.' });
      },
      // Only models are taken, and nothing beside them.
      readSibling: async () => ({ kind: 'missing' }),
      readManifests: async () => [],
    },
    publisher: { publish: async () => ({ commit: null }) },
    onProgress: () => {},
    close: async () => {},
  };
}
