/**
 * Notes on a branch of the repository itself, for where nothing else lasts: an Action starts from nothing each time. Who may
 * write there may give commands, too; a token that may not write remembers nothing.
 */
import { createHash } from 'node:crypto';
import { messageOf } from '../../src/index.ts';
import { type GitHubAccess, splitRepository } from './access.ts';
import { branchTip } from './commit.ts';
import { isRefused } from './failure.ts';
import type { Notes } from './notes.ts';
import { unless } from './octokit.ts';

/** The branch; it has no history in common with any other. */
export const NOTES_BRANCH = 'glb-optimizer-notes';

// What is only worth knowing within a run, such as how often somebody asked, costs no commit.
const LASTING = /^(comment|left|accepted|skipped) /;
const WRITE_TRIES = 4;

const MUTATION = `mutation ($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}`;

/** Opens the notes of a repository. */
export function branchNotes(access: GitHubAccess, repository: string, onTrouble: (what: string) => void): Notes {
  const known = new Map<string, string | undefined>();
  const write = async (key: string, text: string): Promise<void> => {
    const before = known.get(key);
    known.set(key, text);
    if (!LASTING.test(key) || before === text) return;
    try {
      await writeNote(access, repository, key, text);
    } catch (thrown) {
      access.signal.throwIfAborted();
      // The run itself knows; only the next one will not.
      if (!isRefused(thrown)) onTrouble(`notes: ${messageOf(thrown)}`);
    }
  };
  return {
    async read(key) {
      if (!known.has(key)) known.set(key, LASTING.test(key) ? await readNote(access, repository, key) : undefined);
      return known.get(key);
    },
    write,
    // A run is alone with what it has read: another one's note of the same minute may be lost.
    async swap(key, _before, text) {
      await write(key, text);
      return true;
    },
  };
}

// A key holds names that a path may not take.
function fileOf(key: string): string {
  return `${createHash('sha256').update(key).digest('hex').slice(0, 32)}.json`;
}

async function readNote(access: GitHubAccess, repository: string, key: string): Promise<string | undefined> {
  const request = access.octokit.rest.repos.getContent({
    ...splitRepository(repository),
    path: fileOf(key),
    ref: NOTES_BRANCH,
  });
  const found = await unless([403, 404], request);
  if (found === undefined || Array.isArray(found.data) || !('content' in found.data)) return undefined;
  const note: unknown = JSON.parse(Buffer.from(found.data.content, 'base64').toString('utf8'));
  const isNote = typeof note === 'object' && note !== null && 'text' in note && typeof note.text === 'string';
  return isNote ? String(note.text) : undefined;
}

async function writeNote(access: GitHubAccess, repository: string, key: string, text: string): Promise<void> {
  const content = `${JSON.stringify({ key, text }, null, 2)}\n`;
  for (let attempt = 1; ; attempt++) {
    const tip = await branchTip(access, repository, NOTES_BRANCH);
    if (tip === undefined && (await plant(access, repository, fileOf(key), content))) return;
    if (tip === undefined) continue;
    try {
      await access.octokit.graphql(MUTATION, {
        input: {
          branch: { repositoryNameWithOwner: repository, branchName: NOTES_BRANCH },
          expectedHeadOid: tip,
          message: { headline: 'Remember' },
          fileChanges: { additions: [{ path: fileOf(key), contents: Buffer.from(content).toString('base64') }] },
        },
      });
      return;
    } catch (thrown) {
      // Another run was quicker: on top of what it wrote.
      if (attempt >= WRITE_TRIES || (await branchTip(access, repository, NOTES_BRANCH)) === tip) throw thrown;
    }
  }
}

/** The first note, and the branch on it; false when another run has made the branch meanwhile. */
async function plant(access: GitHubAccess, repository: string, path: string, content: string): Promise<boolean> {
  const place = splitRepository(repository);
  const { git } = access.octokit.rest;
  const tree = await git.createTree({ ...place, tree: [{ path, mode: '100644', type: 'blob', content }] });
  const message = 'A place for what people told glb-optimizer';
  const commit = await git.createCommit({ ...place, message, tree: tree.data.sha, parents: [] });
  const made = git.createRef({ ...place, ref: `refs/heads/${NOTES_BRANCH}`, sha: commit.data.sha });
  return (await unless([422], made)) !== undefined;
}
