/** The home of an upload: its one file is in the artifact store, and the report is the whole answer. */
import { type ArtifactStore, BotError, type ReviewHome, type ReviewJob } from '../../src/index.ts';

/** Opens it. */
export function uploadHome({ upload }: ReviewJob, artifacts: ArtifactStore): ReviewHome {
  if (upload === undefined) throw new BotError('INTERNAL', 'an upload has no file');
  const { path, digest, byteLength } = upload;
  return {
    source: {
      listChanges: async () => [{ path, change: 'added', blob: '', mode: '100644', byteLength }],
      readPolicy: async () => undefined,
      async readBytes(_asset, limitBytes) {
        if (byteLength > limitBytes) return { kind: 'over-limit', byteLength, limitBytes };
        const bytes = await artifacts.get(digest);
        if (bytes !== undefined) return { kind: 'bytes', bytes };
        throw new BotError('FILE_NOT_FOUND', 'the upload has expired.', { at: path, hint: 'Upload it again.' });
      },
      // One file came, and nothing beside it.
      readSibling: async () => ({ kind: 'missing' }),
      readManifests: async () => [],
    },
    publisher: { publish: async () => ({ commit: null }) },
    onProgress: () => {},
    close: async () => {},
  };
}
