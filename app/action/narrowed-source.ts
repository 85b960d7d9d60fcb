/** A source as the inputs of the Action want it: only some paths, or another policy file. */
import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { BotError, type GitSource, POLICY_LIMIT_BYTES, readPattern } from '../../src/index.ts';
import type { GitHubAccess } from '../github/access.ts';
import { openBlobs } from '../github/blobs.ts';
import { onGitHub } from '../github/failure.ts';
import { openTrees } from '../github/trees.ts';
import type { ActionInputs } from '../settings/action.ts';

/** Where another policy file is read. */
export interface PolicyPlace {
  readonly access: GitHubAccess;
  readonly repository: string;
  /** The base commit: a pull request cannot change the policy that it is judged by. */
  readonly commit: string;
  readonly scratchFolder: string;
}

/** Narrows a source; without inputs that narrow, it is the same. */
export function narrowedSource(
  source: GitSource,
  { paths, policy }: Pick<ActionInputs, 'paths' | 'policy'>,
  place: PolicyPlace,
): GitSource {
  const patterns = paths.map((text) => readPattern(text, 'input paths'));
  return {
    ...source,
    async listChanges(job) {
      const assets = await source.listChanges(job);
      if (patterns.length === 0) return assets;
      return assets.filter((asset) => patterns.some((pattern) => pattern.matches(asset.path)));
    },
    readPolicy: policy === undefined ? source.readPolicy : () => readPolicyAt(policy, place),
  };
}

function readPolicyAt(name: string, { access, repository, commit, scratchFolder }: PolicyPlace) {
  return onGitHub('reading the policy', async () => {
    const file = await openTrees(access, repository).at(commit).find(name);
    const folder = await mkdtemp(path.join(scratchFolder, 'policy-'));
    const text =
      file === undefined ? undefined : await openBlobs(access, repository, folder).text(file, POLICY_LIMIT_BYTES);
    if (text !== undefined) return { path: name, text };
    const at = `input policy: ${name}`;
    throw file === undefined
      ? new BotError('POLICY_INVALID', `there is no such file at the base commit ${commit.slice(0, 12)}.`, { at })
      : new BotError('POLICY_INVALID', `the policy has more than ${POLICY_LIMIT_BYTES} bytes.`, { at });
  });
}
