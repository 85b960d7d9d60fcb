/** Proposed files -> files of a commit: pointers where Git LFS is asked for, raw bytes nowhere else, and what must stay out. */
import {
  type Content,
  contentOf,
  MIB,
  type Notice,
  type ProposedFile,
  readLfsPointer,
  writeLfsPointer,
} from '../../src/index.ts';
import type { GitHubAccess } from './access.ts';
import { type AttributesFile, attributeFolders, lfsAttributes } from './attributes.ts';
import { type Blobs, openBlobs } from './blobs.ts';
import type { CommitFile } from './commit-request.ts';
import { locksOfOthers, uploadLfs } from './lfs.ts';
import { type CommitFiles, openTrees } from './trees.ts';

/** What goes into the commit, and what does not, with why. */
export interface PreparedFiles {
  readonly files: readonly CommitFile[];
  /** The proposed files behind them. */
  readonly taken: readonly ProposedFile[];
  readonly notices: readonly Notice[];
}

/** Where the files are to go. */
export interface FilesTarget {
  /** Reads from here: the repository of the pull request. */
  readonly repository: string;
  /** Writes there: another one for a fork. */
  readonly headRepository: string;
  readonly branch: string;
  readonly headCommit: string;
  readonly folder: string;
}

// GitHub blocks files above it. [docs: about large files on GitHub]
const GIT_FILE_LIMIT_BYTES = 100 * MIB;
const POINTER_LIMIT_BYTES = 1024;
// `.gitattributes` is a page of text.
const ATTRIBUTES_LIMIT_BYTES = 256 * 1024;

/** Uploads to Git LFS what belongs there; every object is verified before its pointer is in any commit. */
export async function prepareFiles(
  access: GitHubAccess,
  target: FilesTarget,
  proposed: readonly ProposedFile[],
): Promise<PreparedFiles> {
  const head = openTrees(access, target.repository).at(target.headCommit);
  const blobs = openBlobs(access, target.repository, target.folder);
  const notices: Notice[] = [];
  const taken: ProposedFile[] = [];
  const files: CommitFile[] = [];
  const isLfs = new Map<string, boolean>();
  for (const file of proposed) isLfs.set(file.path, await belongsToLfs(head, blobs, file));
  const ref = `refs/heads/${target.branch}`;
  const locks = [...isLfs.values()].includes(true)
    ? await locksOfOthers(access, target.headRepository, ref)
    : new Map<string, string>();

  for (const file of proposed) {
    const owner = locks.get(file.path);
    const { byteLength } = file.content;
    if (owner !== undefined) {
      notices.push({ kind: 'locked', path: file.path, owner });
      continue;
    }
    let content: Content = file.content;
    if (isLfs.get(file.path) === true) {
      const object = { digest: file.digest, byteLength, content };
      const answer = await uploadLfs(access, target.headRepository, ref, object);
      if ('kind' in answer) {
        notices.push({ kind: 'lfs-refused', path: file.path, why: answer.why });
        continue;
      }
      content = contentOf(new TextEncoder().encode(writeLfsPointer(answer)));
    } else if (byteLength > GIT_FILE_LIMIT_BYTES) {
      notices.push({ kind: 'too-large', path: file.path, byteLength, limitBytes: GIT_FILE_LIMIT_BYTES });
      continue;
    }
    taken.push(file);
    files.push({ path: file.path, mode: file.mode, content });
    // The first original is the one to keep: what is already there is older.
    if (file.originalPath === null || (await head.find(file.originalPath)) !== undefined) continue;
    files.push({ path: file.originalPath, mode: file.mode, blob: file.sourceBlob });
  }
  return { files, taken, notices };
}

// By the attributes at the head; and a pointer is never replaced by bytes, whatever the attributes say.
async function belongsToLfs(head: CommitFiles, blobs: Blobs, file: ProposedFile): Promise<boolean> {
  const attributes: AttributesFile[] = [];
  for (const folder of attributeFolders(file.path)) {
    const found = await head.find(`${folder}.gitattributes`);
    const text = found === undefined ? undefined : await blobs.text(found, ATTRIBUTES_LIMIT_BYTES);
    if (text !== undefined) attributes.push({ folder, text });
  }
  if (lfsAttributes(file.path, attributes).isLfs) return true;
  const source = await head.find(file.path);
  if (source === undefined || source.byteLength >= POINTER_LIMIT_BYTES) return false;
  return readLfsPointer(await blobs.small(source.blob)) !== undefined;
}
