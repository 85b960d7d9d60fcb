/** The home of a job by its kind: an upload's is the artifact store, a pull request's is GitHub. */
import { type ArtifactStore, BotError, type OpenHome } from '../../src/index.ts';
import { uploadHome } from '../artifacts/upload-home.ts';

/** Opens homes. */
export function openHomes(artifacts: ArtifactStore, openGitHubHome: OpenHome | undefined): OpenHome {
  return async (job, signal, reviewId) => {
    if (job.kind === 'upload') return uploadHome(job, artifacts);
    if (openGitHubHome !== undefined) return openGitHubHome(job, signal, reviewId);
    throw new BotError('SETTINGS_INVALID', 'no GitHub App is set up, so nothing can be read there.', {
      hint: 'Open /setup, or set APP_ID, PRIVATE_KEY and WEBHOOK_SECRET.',
    });
  };
}
