/** The artifact store that the settings ask for. The bucket's library is loaded only when there is a bucket. */
import path from 'node:path';
import type { ArtifactStore } from '../../src/index.ts';
import { directoryStore } from '../artifacts/directory.ts';
import type { ServiceSettings } from '../settings/service.ts';

/** Opens it. */
export async function openArtifacts({ artifactsUrl, dataDir }: ServiceSettings): Promise<ArtifactStore> {
  if (artifactsUrl === null) return directoryStore(path.join(dataDir, 'artifacts'));
  const { bucketStore } = await import('../artifacts/bucket.ts');
  return bucketStore(artifactsUrl);
}
