/** Builds a commit out of Git objects alone: no hook, no filter, no work tree. Nothing points to it yet. */
import path from 'node:path';
import {
  BotError,
  digestOf,
  type Proposal,
  type ProposedFile,
  readLfsPointer,
  writeLfsPointer,
} from '../../src/index.ts';
import { type Environment, git, gitText, splitRecords, tryGit } from './git.ts';
import { writeLfsObject } from './lfs.ts';
import type { Repository } from './repository.ts';
import type { Scratch } from './scratch.ts';
import { splitHead } from './tree.ts';

/** One path of the new commit. */
export interface CommitEntry {
  readonly path: string;
  readonly mode: string;
  readonly blob: string;
  /** What the path has at the head; undefined when it is new there. */
  readonly sourceBlob: string | undefined;
  /** The file itself, for a work tree that has LFS files as such. Undefined for a kept original: it is copied. */
  readonly proposed: ProposedFile | undefined;
  /** Where a kept original comes from. */
  readonly copyOf: string | undefined;
}

/** A commit that no branch has yet. */
export interface BuiltCommit {
  readonly commit: string;
  readonly entries: readonly CommitEntry[];
}

// `.invalid` is reserved, so no mail goes to a stranger and no account claims the commit. [RFC 2606]
const FALLBACK_IDENTITY = { NAME: 'GLB Optimizer', EMAIL: 'noreply@glb-optimizer.invalid' };

/** Writes blobs, tree and commit. */
export async function buildCommit(repository: Repository, proposal: Proposal, scratch: Scratch): Promise<BuiltCommit> {
  const head = proposal.job.headCommit;
  if (head === null) throw new BotError('INTERNAL', 'a commit needs a head');
  const index = { environment: { GIT_INDEX_FILE: path.join(scratch.folder, 'index-of-commit') } };
  await git(repository, ['read-tree', head], index);
  const tracked = await trackedFiles(repository, proposal.files, index.environment);
  const isLfs = await lfsPaths(repository, proposal.files, index.environment);
  const entries: CommitEntry[] = [];
  for (const file of proposal.files) {
    const source = tracked.get(file.path);
    const bytes = await file.content.read();
    if (source?.blob !== file.sourceBlob || digestOf(bytes) !== file.digest) {
      throw new BotError('INTERNAL', 'the proposal does not fit the head it was made for', { at: file.path });
    }
    const blob = await writeBlob(repository, { ...file, bytes }, isLfs.has(file.path));
    const shared = { mode: source.mode, proposed: file, copyOf: undefined };
    entries.push({ ...shared, path: file.path, blob, sourceBlob: source.blob });
    // The first original is the one to keep: what is already there is older.
    if (file.originalPath === null || tracked.has(file.originalPath)) continue;
    const kept = { path: file.originalPath, mode: source.mode, blob: source.blob, sourceBlob: undefined };
    entries.push({ ...kept, proposed: undefined, copyOf: file.path });
  }
  await git(repository, ['update-index', '-z', '--index-info'], { ...index, stdin: indexInfo(entries) });
  const tree = await gitText(repository, ['write-tree'], index);
  const commit = await gitText(repository, ['commit-tree', tree, '-p', head, '-F', '-'], {
    stdin: proposal.commitMessage,
    environment: await identity(repository),
  });
  return { commit, entries };
}

/** The entries as `git update-index -z --index-info` reads them. */
export function indexInfo(entries: readonly CommitEntry[]): string {
  return entries.map((entry) => `${entry.mode} ${entry.blob}\t${entry.path}\0`).join('');
}

/** A file while its bytes are in memory: one at a time. */
type ReadFile = ProposedFile & { readonly bytes: Uint8Array };

// Raw bytes never replace a pointer, whatever the attributes say, and never go where Git LFS is asked for.
async function writeBlob(repository: Repository, file: ReadFile, isLfs: boolean): Promise<string> {
  const content =
    isLfs || (await isPointer(repository, file.sourceBlob)) ? await lfsPointer(repository, file) : file.bytes;
  return gitText(repository, ['hash-object', '-w', '--stdin'], { stdin: content });
}

async function lfsPointer(repository: Repository, file: ReadFile): Promise<string> {
  await writeLfsObject(repository, file.bytes, file.digest);
  return writeLfsPointer({ digest: file.digest, byteLength: file.bytes.byteLength });
}

/** Whether a blob is a Git LFS pointer. */
export async function isPointer(repository: Repository, blob: string): Promise<boolean> {
  const size = Number(await gitText(repository, ['cat-file', '-s', blob]));
  return size < 1024 && readLfsPointer(await git(repository, ['cat-file', 'blob', blob])) !== undefined;
}

async function trackedFiles(
  repository: Repository,
  files: readonly ProposedFile[],
  environment: Environment,
): Promise<ReadonlyMap<string, { mode: string; blob: string }>> {
  const paths = files.flatMap((file) => (file.originalPath === null ? [file.path] : [file.path, file.originalPath]));
  const output = await git(repository, ['ls-files', '-z', '--stage', '--', ...paths], { environment });
  // `<mode> <blob> <stage>`, tab, path
  const entries = splitRecords(output).map((record) => {
    const [mode = '', blob = '', , name = ''] = splitHead(record, '\t');
    return [name, { mode, blob }] as const;
  });
  return new Map(entries);
}

// Read from the commit, not from the work tree, where `.gitattributes` may be missing.
async function lfsPaths(
  repository: Repository,
  files: readonly ProposedFile[],
  environment: Environment,
): Promise<ReadonlySet<string>> {
  const stdin = files.map((file) => `${file.path}\0`).join('');
  const output = await git(repository, ['check-attr', '--cached', '-z', '--stdin', 'filter'], { environment, stdin });
  const fields = splitRecords(output); // path, attribute, value
  return new Set(fields.filter((_, at) => at % 3 === 0 && fields[at + 2] === 'lfs'));
}

// The user's own identity, as `git commit` finds it; ours only where there is none, part by part.
async function identity(repository: Repository): Promise<Environment> {
  const found = await tryGit(repository, ['config', '-z', '--get-regexp', '^(user|author|committer)\\.(name|email)$']);
  const configured = new Set(splitRecords(found.stdout).map((record) => splitHead(record, '\n')[0]?.toUpperCase()));
  const given = repository.environment;
  const missing: Record<string, string> = {};
  for (const role of ['AUTHOR', 'COMMITTER'] as const) {
    for (const part of ['NAME', 'EMAIL'] as const) {
      const isKnown =
        Boolean(given[`GIT_${role}_${part}`]) ||
        (part === 'EMAIL' && Boolean(given.EMAIL)) ||
        configured.has(`USER.${part}`) ||
        configured.has(`${role}.${part}`);
      if (!isKnown) missing[`GIT_${role}_${part}`] = FALLBACK_IDENTITY[part];
    }
  }
  return missing;
}
