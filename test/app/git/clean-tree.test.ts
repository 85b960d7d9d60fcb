import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findChange } from '../../../app/git/change.ts';
import { worktreePublisher } from '../../../app/git/worktree-publisher.ts';
import type { ProposedFile, ReviewJob } from '../../../src/index.ts';
import { file, NEW, proposal, publish, startChange } from '../../doubles/proposals.ts';
import { open, type TestRepository } from '../../doubles/repository.ts';

describe('nothing is committed, and nothing changes', () => {
  async function expectRefused(
    repository: TestRepository,
    code: string,
    change: Partial<ReviewJob> = {},
    files?: readonly ProposedFile[],
  ) {
    const state = () => [
      repository.git('rev-parse', 'HEAD', 'change'),
      repository.git('status', '--porcelain'),
      repository.git('ls-files', '--stage'),
    ];
    const before = state();
    const proposed = files ?? [file(repository, 'a.glb')];
    const refused = publish(repository, proposed, change);
    await expect(refused).rejects.toMatchObject({ code });
    expect(state()).toEqual(before);
    expect(readdirSync(path.join(repository.directory, '.git')).filter((name) => /glb|lock/.test(name))).toEqual([]);
    return refused.catch((thrown: Error) => thrown.message);
  }

  it('with a changed file, which is named', async () => {
    using repository = startChange();
    repository.write('readme.txt', 'changed\n');
    expect(await expectRefused(repository, 'GIT_DIRTY')).toContain('"readme.txt"');
  });

  it('with a file changed in the same instant as the commit, to the same length', async () => {
    for (let i = 0; i < 10; i++) {
      using repository = startChange();
      repository.write('readme.txt', 'jello\n');
      await expect(publish(repository, [file(repository, 'a.glb')])).rejects.toMatchObject({ code: 'GIT_DIRTY' });
    }
  });

  it('with a staged, a deleted or a half merged file', async () => {
    using repository = startChange();
    repository.write('staged.txt', 'new\n');
    repository.git('add', 'staged.txt');
    expect(await expectRefused(repository, 'GIT_DIRTY')).toContain('"staged.txt"');
    repository.git('rm', '-q', '--cached', 'staged.txt');
    rmSync(path.join(repository.directory, 'readme.txt'));
    expect(await expectRefused(repository, 'GIT_DIRTY')).toContain('"readme.txt"');
  });

  it('with a changed asset that git was told to assume unchanged', async () => {
    using repository = startChange();
    repository.git('update-index', '--assume-unchanged', 'a.glb');
    repository.write('a.glb', 'precious work\0');
    await expectRefused(repository, 'GIT_DIRTY');
    expect(readFileSync(path.join(repository.directory, 'a.glb')).toString()).toBe('precious work\0');
  });

  it('with a detached head', async () => {
    using repository = startChange();
    repository.git('switch', '-q', '--detach');
    await expectRefused(repository, 'GIT_HEAD_NOT_CHECKED_OUT');
  });

  it('with another branch checked out', async () => {
    using repository = startChange();
    await expectRefused(repository, 'GIT_HEAD_NOT_CHECKED_OUT', {
      branch: 'main',
      headCommit: repository.git('rev-parse', 'main'),
    });
    repository.git('branch', 'twin');
    await expectRefused(repository, 'GIT_HEAD_NOT_CHECKED_OUT', { branch: 'twin' });
  });

  it('when the branch moved since', async () => {
    using repository = startChange();
    await expectRefused(repository, 'GIT_HEAD_MOVED', { headCommit: repository.git('rev-parse', 'HEAD^') });
  });

  it('while another git command holds the index', async () => {
    using repository = startChange();
    const lock = path.join(repository.directory, '.git', 'index.lock');
    writeFileSync(lock, '');
    await expect(publish(repository, [file(repository, 'a.glb')])).rejects.toThrow(/another git command/);
    expect(existsSync(lock)).toBe(true);
  });

  it('when an untracked file is where the original would go', async () => {
    using repository = startChange();
    repository.write('a.original.glb', 'mine');
    await expectRefused(repository, 'GIT_DIRTY', {}, [file(repository, 'a.glb', NEW, 'a.original.glb')]);
    expect(readFileSync(path.join(repository.directory, 'a.original.glb')).toString()).toBe('mine');
  });

  it('when the folder for the original is a way out of the work tree', async () => {
    using repository = startChange();
    const outside = `${repository.directory}.outside`;
    mkdirSync(outside);
    symlinkSync(outside, path.join(repository.directory, 'originals'));
    await expectRefused(repository, 'GIT_DIRTY', {}, [file(repository, 'a.glb', NEW, 'originals/a.glb')]);
    expect(readdirSync(outside)).toEqual([]);
    rmSync(outside, { recursive: true });
  });

  it('in a bare repository', async () => {
    using repository = startChange();
    const { job } = await findChange(await open(repository.directory), { base: 'main' });
    const inside = await open(path.join(repository.directory, '.git'));
    const refused = worktreePublisher(inside).publish(proposal(job, [file(repository, 'a.glb')]));
    await expect(refused).rejects.toMatchObject({ code: 'GIT_HEAD_NOT_CHECKED_OUT' });
  });
});
