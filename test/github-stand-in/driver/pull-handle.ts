/** What a test does with a pull request, and what it looks at. */
import { emit } from '../events/emit.ts';
import { emitSuite } from '../events/push.ts';
import { readCommit } from '../git/objects.ts';
import { moveRef, resolveCommit } from '../git/refs.ts';
import { commentsOf, pullChanges } from '../present/pull.ts';
import { emitRun } from '../rest/checks.ts';
import { addComment, editComment, removeComment } from '../rest/comments.ts';
import { setDraft, setState } from '../rest/pulls.ts';
import type { CheckRun, Comment, Pull } from '../world/repository.ts';
import { accountOf, type World } from '../world/world.ts';
import type { AppHandle } from './app-handle.ts';
import { commitFiles, type Files } from './files.ts';

/** A pull request in the hands of a test. Who acts is a login; the default is the author. */
export interface PullHandle {
  readonly number: number;
  readonly state: Pull;
  /** The head commit that everybody was told of. */
  readonly headSha: string;
  /** Commits onto the head branch: `pull_request.synchronize` goes out. Gives the commit. */
  push(files: Files, options?: { readonly author?: string; readonly message?: string }): Promise<string>;
  close(login?: string): Promise<void>;
  reopen(login?: string): Promise<void>;
  /** Marks a draft as ready for review. */
  ready(login?: string): Promise<void>;
  /** Writes a comment, such as a command. */
  comment(login: string, body: string): Comment;
  /** All comments, oldest first. */
  comments(): Comment[];
  editComment(comment: Comment, body: string, login?: string): void;
  deleteComment(comment: Comment, login?: string): void;
  /** Check runs at a commit (default: the head), oldest first. */
  checkRuns(sha?: string): CheckRun[];
  /** Presses a button of a check run. */
  press(run: CheckRun, identifier: string, login?: string): void;
  /** Presses Re-run in the Checks tab. */
  rerun(run: CheckRun, login?: string): void;
  /** Presses "Re-run all checks" of an App's suite at the head: `check_suite.rerequested` goes out. */
  rerunAll(app: AppHandle, login?: string): Promise<void>;
  /** Paths that the pull request changes. */
  changedPaths(): Promise<string[]>;
  /** Adds it to the merge queue: `merge_group.checks_requested` goes out. Gives the queue's commit. */
  enqueue(login?: string): Promise<string>;
}

/** Wraps a pull request. */
export function pullHandle(world: World, pull: Pull): PullHandle {
  const { repository, head } = pull;
  const by = (login?: string) => (login === undefined ? pull.author : accountOf(world, login));
  return {
    number: pull.number,
    state: pull,
    get headSha() {
      return pull.headSha;
    },
    push: (files, { author, message = 'Change more' } = {}) =>
      commitFiles(world, head.repository, head.branch, files, { author: by(author), message }),
    close: (login) => setState(world, pull, 'closed', by(login)),
    reopen: (login) => setState(world, pull, 'open', by(login)),
    ready: (login) => setDraft(world, pull, false, by(login)),
    comment: (login, body) => addComment(world, pull, accountOf(world, login), body),
    comments: () => commentsOf(pull),
    editComment: (comment, body, login) => editComment(world, comment, body, by(login)),
    deleteComment: (comment, login) => removeComment(world, comment, by(login)),
    checkRuns: (sha = pull.headSha) => [...repository.checkRuns.values()].filter(({ headSha }) => headSha === sha),
    press(run, identifier, login) {
      if (!run.actions.some((action) => action.identifier === identifier))
        throw new Error(`${run.name} has no button ${identifier}`);
      emitRun(world, repository, run, 'requested_action', by(login), { requested_action: { identifier } });
    },
    rerun: (run, login) => emitRun(world, repository, run, 'rerequested', by(login)),
    async rerunAll(app, login) {
      const suite = [...repository.checkSuites.values()].find(
        (one) => one.app === app.state && one.headSha === pull.headSha,
      );
      const commit = await readCommit(repository.directory, pull.headSha);
      if (suite === undefined || commit === null)
        throw new Error(`${app.slug} has no suite at the head of #${pull.number}`);
      emitSuite(world, repository, suite, commit, 'rerequested', by(login));
    },
    changedPaths: async () => (await pullChanges(pull)).files.map(({ path }) => path),
    async enqueue(login) {
      const { directory } = repository;
      const ref = `refs/heads/gh-readonly-queue/${pull.baseBranch}/pr-${pull.number}-${pull.headSha}`;
      await moveRef(directory, ref, pull.headSha, await resolveCommit(directory, ref));
      const commit = await readCommit(directory, pull.headSha);
      const baseSha = (await resolveCommit(directory, `refs/heads/${pull.baseBranch}`)) ?? pull.headSha;
      if (commit === null) throw new Error(`#${pull.number} has no head`);
      const { sha, tree, message, author, committer } = commit;
      const person = ({ name, email }: { readonly name: string; readonly email: string }) => ({ name, email });
      const headCommit = {
        id: sha,
        tree_id: tree,
        message,
        timestamp: committer.date,
        author: person(author),
        committer: person(committer),
      };
      const group = {
        head_sha: sha,
        head_ref: ref,
        base_sha: baseSha,
        base_ref: `refs/heads/${pull.baseBranch}`,
        head_commit: headCommit,
      };
      emit(world, {
        event: 'merge_group',
        repository,
        sender: by(login),
        payload: { action: 'checks_requested', merge_group: group },
      });
      return sha;
    },
  };
}
