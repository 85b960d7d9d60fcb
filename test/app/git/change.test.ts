import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { findChange } from '../../../app/git/change.ts';
import { makeRepository, open, TEST_ENVIRONMENT, testRepository } from '../../doubles/repository.ts';
import { startBranch } from '../../doubles/sources.ts';

describe('the base', () => {
  it('is the default branch of origin when there is one', async () => {
    using repository = startBranch();
    repository.git('update-ref', 'refs/remotes/origin/trunk', 'main');
    repository.git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/trunk');
    const opened = await open(repository.directory);
    expect(await findChange(opened, {})).toMatchObject({ base: 'origin/trunk', job: { branch: 'change' } });
  });

  it('is main, else master, without an origin', async () => {
    using repository = startBranch();
    const opened = await open(repository.directory);
    expect(await findChange(opened, {})).toMatchObject({ base: 'main' });
    repository.git('branch', '-m', 'main', 'master');
    expect(await findChange(opened, {})).toMatchObject({ base: 'master' });
    repository.git('branch', '-m', 'master', 'other');
    await expect(findChange(opened, {})).rejects.toMatchObject({ code: 'GIT_UNKNOWN_REF' });
  });

  it.each(['nowhere', '-h', '--all', '', 'main..change', 'main:a.glb'])('cannot be "%s"', async (base) => {
    using repository = startBranch();
    const opened = await open(repository.directory);
    await expect(findChange(opened, { base })).rejects.toMatchObject({ code: 'GIT_UNKNOWN_REF' });
  });

  it('must share history with the head', async () => {
    using repository = startBranch();
    repository.git('switch', '-q', '--orphan', 'alone');
    repository.commit('alone');
    const opened = await open(repository.directory);
    await expect(findChange(opened, { base: 'main' })).rejects.toMatchObject({ code: 'GIT_NO_MERGE_BASE' });
    await expect(findChange(opened, { base: 'main' })).rejects.toThrow(/unrelated/);
  });

  it('asks for the rest of a shallow clone', async () => {
    using repository = startBranch();
    repository.commit('second');
    repository.git('switch', '-q', 'main');
    repository.commit('third');
    using shallow = testRepository(`${repository.directory}.shallow`);
    const from = `file://${repository.directory}`;
    execFileSync('git', ['clone', '-q', '--depth=1', '--no-single-branch', from, shallow.directory], {
      env: TEST_ENVIRONMENT,
    });
    const opened = await open(shallow.directory);
    await expect(findChange(opened, { base: 'origin/change' })).rejects.toThrow(/git fetch --unshallow/);
    await expect(findChange(opened, { base: 'v1' })).rejects.toThrow(/git fetch --unshallow/);
  });

  it('says so when there is no commit yet', async () => {
    using repository = makeRepository();
    const opened = await open(repository.directory);
    await expect(findChange(opened, {})).rejects.toThrow(/without commits/);
  });
});
