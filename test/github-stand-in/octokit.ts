/** Octokit for tests: an App's JWT client and its installation's, without Probot's pauses. */
import { ProbotOctokit } from 'probot';
import type { AppHandle } from './driver/app-handle.ts';
import type { GitHub } from './github.ts';

// Pauses of a second between writes, and retries, are for the real GitHub.
const OctokitForTests = ProbotOctokit.defaults({ throttle: { enabled: false }, retry: { enabled: false } });

/** Octokit with a token, or as nobody. */
export function octokitWith(github: GitHub, token?: string): InstanceType<typeof ProbotOctokit> {
  return new OctokitForTests({ baseUrl: github.apiUrl, ...(token === undefined ? {} : { auth: { token } }) });
}

/** Octokit as the App itself, by JWT; with an installation's id, as the installation. */
export function octokitAs(github: GitHub, app: AppHandle, installationId?: number): InstanceType<typeof ProbotOctokit> {
  const { id: appId, privateKey } = app;
  const auth = { appId, privateKey, ...(installationId === undefined ? {} : { installationId }) };
  return new OctokitForTests({ baseUrl: github.apiUrl, auth });
}
