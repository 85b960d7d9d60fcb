/** One commit that we want on a branch, and what came of it. */
import type { Content } from '../../src/index.ts';

/** A file of the commit whose bytes are new. */
export interface NewFile {
  readonly path: string;
  readonly mode: string;
  readonly content: Content;
}

/** A file of the commit whose blob the repository has already. */
export interface KnownFile {
  readonly path: string;
  readonly mode: string;
  readonly blob: string;
}

/** A file that the commit takes away. */
export interface GoneFile {
  readonly path: string;
  readonly gone: true;
}

/** A file of the commit. */
export type CommitFile = NewFile | KnownFile | GoneFile;

/** A commit on top of a parent that the branch must still have. */
export interface CommitRequest {
  /** `owner/name` of the repository that holds the branch. */
  readonly repository: string;
  readonly branch: string;
  /** What the branch points to, by all we know. */
  readonly tip: string;
  /** First the tip; a second one makes it a merge. */
  readonly otherParents: readonly string[];
  /** The commit whose files the new one keeps; the tip, but for a merge that takes the other side's. */
  readonly treeOf: string;
  readonly message: string;
  readonly files: readonly CommitFile[];
}

/** What came of it. `moved`: the branch points elsewhere, and nothing was written to it. */
export type CommitAnswer =
  | { readonly kind: 'made'; readonly commit: string }
  | { readonly kind: 'moved'; readonly tip: string | null };

/** Whether a file's bytes are here, to be sent. */
export function isNew(file: CommitFile): file is NewFile {
  return 'content' in file;
}

/** Whether the commit takes the file away. */
export function isGone(file: CommitFile): file is GoneFile {
  return 'gone' in file;
}
