/** The files of a commit, by the Git Data API: all at once where GitHub gives that, folder by folder where a tree is too large. */
import { type GitHubAccess, splitRepository } from './access.ts';

/** A regular file of a commit. Symlinks and submodules are never among them. */
export interface TreeFile {
  readonly path: string;
  /** `100644` or `100755`. */
  readonly mode: string;
  readonly blob: string;
  readonly byteLength: number;
}

/** One commit's files. */
export interface CommitFiles {
  find(path: string): Promise<TreeFile | undefined>;
  /** Every file whose path passes; on a tree too large for one answer, folder by folder. */
  filter(isWanted: (path: string) => boolean): Promise<readonly TreeFile[]>;
}

/** Reads commits of one repository; each tree once. */
export interface Trees {
  at(commit: string): CommitFiles;
}

interface Entry {
  readonly path?: string | undefined;
  readonly mode?: string | undefined;
  readonly type?: string | undefined;
  readonly sha?: string | null | undefined;
  readonly size?: number | undefined;
}

/** Opens the trees of a repository. */
export function openTrees(access: GitHubAccess, repository: string): Trees {
  const commits = new Map<string, CommitFiles>();
  return {
    at(commit) {
      const known = commits.get(commit) ?? openCommit(access, repository, commit);
      commits.set(commit, known);
      return known;
    },
  };
}

function openCommit(access: GitHubAccess, repository: string, commit: string): CommitFiles {
  const asked = new Map<string, Promise<{ entries: readonly Entry[]; isWhole: boolean }>>();
  const read = (sha: string, isDeep: boolean) => {
    const key = `${sha} ${isDeep}`;
    const answer = asked.get(key) ?? readTree(access, repository, sha, isDeep);
    asked.set(key, answer);
    return answer;
  };
  let map: Promise<ReadonlyMap<string, Entry> | undefined> | undefined;
  // Undefined: over 100,000 entries or 7 MB. [docs: git/get-tree]
  const whole = () =>
    (map ??= read(commit, true).then(({ entries, isWhole }) =>
      isWhole ? new Map(entries.map((entry) => [entry.path ?? '', entry])) : undefined,
    ));

  async function entryAt(path: string): Promise<Entry | undefined> {
    const all = await whole();
    if (all !== undefined) return all.get(path);
    let sha = commit;
    const parts = path.split('/');
    for (const [depth, name] of parts.entries()) {
      const entry = (await read(sha, false)).entries.find((one) => one.path === name);
      if (depth === parts.length - 1 || entry?.type !== 'tree' || !entry.sha) {
        return depth === parts.length - 1 ? entry : undefined;
      }
      sha = entry.sha;
    }
    return undefined;
  }

  async function walk(sha: string, prefix: string, isWanted: (path: string) => boolean): Promise<TreeFile[]> {
    // A folder may fit where the whole did not.
    const deep = prefix === '' ? undefined : await read(sha, true);
    if (deep?.isWhole) return deep.entries.flatMap((entry) => fileOf(entry, prefix, isWanted));
    const found: TreeFile[] = [];
    for (const entry of (await read(sha, false)).entries) {
      if (entry.type === 'tree' && entry.sha) {
        found.push(...(await walk(entry.sha, `${prefix}${entry.path ?? ''}/`, isWanted)));
      } else found.push(...fileOf(entry, prefix, isWanted));
    }
    return found;
  }

  return {
    async find(path) {
      const entry = await entryAt(path);
      return entry === undefined ? undefined : fileOf({ ...entry, path }, '', () => true)[0];
    },
    async filter(isWanted) {
      const all = await whole();
      if (all !== undefined) return [...all.values()].flatMap((entry) => fileOf(entry, '', isWanted));
      return walk(commit, '', isWanted);
    },
  };
}

async function readTree(access: GitHubAccess, repository: string, sha: string, isDeep: boolean) {
  const { data } = await access.octokit.rest.git.getTree({
    ...splitRepository(repository),
    tree_sha: sha,
    ...(isDeep ? { recursive: '1' } : {}),
  });
  return { entries: data.tree, isWhole: data.truncated !== true };
}

function fileOf(entry: Entry, prefix: string, isWanted: (path: string) => boolean): readonly TreeFile[] {
  const { mode, sha, size = 0 } = entry;
  const path = `${prefix}${entry.path ?? ''}`;
  if (entry.type !== 'blob' || (mode !== '100644' && mode !== '100755') || !sha || !isWanted(path)) return [];
  return [{ path, mode, blob: sha, byteLength: size }];
}
