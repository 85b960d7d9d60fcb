/** The long road, for large files and many of them: git push over HTTPS. Of the repository only trees are fetched. */
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { BotError } from '../../src/index.ts';
import type { GitHubAccess } from './access.ts';
import { type CommitRequest, isGone, isNew } from './commit-request.ts';
import { type GitRun, gitOutput, runGit } from './git.ts';

/** Where git works and how it is found. */
export interface PushOptions {
  readonly folder: string;
  /** The PATH on which git is found. */
  readonly path: string;
}

/** Makes the commit and pushes it; git refuses what is no fast-forward. */
export async function commitByPush(
  access: GitHubAccess,
  request: CommitRequest,
  options: PushOptions,
): Promise<string> {
  const { serverUrl } = access.place;
  const directory = await mkdtemp(path.join(options.folder, 'push-'));
  const run: GitRun = {
    directory,
    auth: { serverUrl, token: await access.token() },
    path: options.path,
    signal: access.signal,
  };
  try {
    const url = `${serverUrl}/${request.repository}.git`;
    await gitOutput(run, ['init', '--quiet', '--bare', '.']);
    // A single commit with its trees; the blobs stay where they are. [git-scm.com/docs/partial-clone]
    const what = [...new Set([request.tip, request.treeOf, ...request.otherParents])];
    await gitOutput(run, ['fetch', '--quiet', '--no-tags', '--depth=1', '--filter=blob:none', url, ...what]);
    // Over HTTP git always looks for blobs to build deltas on, and would fetch those that stayed where they are: as long as
    // it knows of a promisor. Without one it does without them. [git builtin/pack-objects.c prepare_pack]
    await runGit(run, ['config', '--remove-section', `remote.${url}`]);
    const index = { environment: { GIT_INDEX_FILE: path.join(directory, 'index-of-commit') } };
    await gitOutput(run, ['read-tree', request.treeOf], index);
    const lines: string[] = [];
    for (const file of request.files) {
      if (isGone(file)) {
        // [git-scm.com/docs/git-update-index] Mode 0 takes the path away.
        lines.push(`0 ${'0'.repeat(request.treeOf.length)}\t${file.path}\0`);
        continue;
      }
      const blob = isNew(file)
        ? await gitOutput(run, ['hash-object', '-w', '--stdin'], { stdin: await file.content.read() })
        : file.blob;
      lines.push(`${file.mode} ${blob}\t${file.path}\0`);
    }
    await gitOutput(run, ['update-index', '-z', '--index-info'], { ...index, stdin: lines.join('') });
    const tree = await gitOutput(run, ['write-tree', '--missing-ok'], index);
    const parents = [request.tip, ...request.otherParents].flatMap((parent) => ['-p', parent]);
    const commit = await gitOutput(run, ['commit-tree', tree, ...parents, '-F', '-'], {
      stdin: request.message,
      environment: await author(access),
    });
    await push(run, url, commit, request.branch);
    return commit;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function push(run: GitRun, url: string, commit: string, branch: string): Promise<void> {
  const pushed = await runGit(run, ['push', '--quiet', '--porcelain', url, `${commit}:refs/heads/${branch}`]);
  if (pushed.exitCode === 0) return;
  const words = `${pushed.stdout}\n${pushed.stderr}`;
  const isRefused = /\b(403|401|404)\b|denied|not found/i.test(pushed.stderr);
  const last = words.trim().split('\n').slice(-3).join('; ');
  throw new BotError(isRefused ? 'GITHUB_REFUSED' : 'GIT_FAILED', `git push failed: ${last}.`, { at: branch });
}

async function author(access: GitHubAccess): Promise<Readonly<Record<string, string>>> {
  const { login, email } = await access.identity();
  return {
    GIT_AUTHOR_NAME: login,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: login,
    GIT_COMMITTER_EMAIL: email,
  };
}
