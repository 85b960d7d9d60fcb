/** Sources for tests, on a real repository. */
import { type ChangeRefs, findChange } from '../../app/git/change.ts';
import { worktreeSource } from '../../app/git/worktree-source.ts';
import type { ChangedAsset } from '../../src/index.ts';
import { makeRepository, open, type TestRepository } from './repository.ts';

/** Opens a source on what is checked out. Close it. */
export async function openSource(repository: TestRepository, refs: ChangeRefs = { base: 'main' }) {
  const opened = await open(repository.directory);
  const change = await findChange(opened, refs);
  return { ...change, source: worktreeSource(opened, change.job) };
}

/** What changed. */
export async function list(repository: TestRepository, refs?: ChangeRefs): Promise<readonly ChangedAsset[]> {
  const { source, job } = await openSource(repository, refs);
  await using _closed = source;
  return source.listChanges(job);
}

/** A repository with `a.glb` on main and branch `change` checked out, for the test to commit on. */
export function startBranch(...initArguments: readonly string[]): TestRepository {
  const repository = makeRepository(...initArguments);
  repository.write('a.glb', 'a'.repeat(200));
  repository.commit('first');
  repository.git('switch', '-q', '-c', 'change');
  return repository;
}
