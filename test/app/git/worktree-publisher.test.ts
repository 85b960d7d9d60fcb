import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findChange } from '../../../app/git/change.ts';
import { worktreePublisher } from '../../../app/git/worktree-publisher.ts';
import { contentOf } from '../../../src/index.ts';
import { file, NEW, OLD, proposal, publish, sha256, startChange } from '../../doubles/proposals.ts';
import { open, TEST_ENVIRONMENT, testRepository } from '../../doubles/repository.ts';

describe('the commit', () => {
  it('is exactly one, on the branch, with the files and the message; index and work tree follow', async () => {
    using repository = startChange();
    const head = repository.git('rev-parse', 'HEAD');
    const { commit } = await publish(repository, [file(repository, 'a.glb')]);
    expect(repository.git('rev-parse', 'change')).toBe(commit);
    expect(repository.git('rev-parse', 'HEAD^')).toBe(head);
    expect(repository.git('log', '-1', '--format=%B%an <%ae>')).toBe(
      'Optimize 1 GLB file\n\nDigest: café\nAda <ada@example.org>',
    );
    expect(repository.git('diff', '--name-status', 'HEAD^')).toBe('M\ta.glb');
    expect(readFileSync(path.join(repository.directory, 'a.glb'))).toEqual(NEW);
    expect(repository.git('status', '--porcelain')).toBe('');
    expect(repository.git('fsck', '--strict')).toBe('');
    expect(readdirSync(path.join(repository.directory, '.git')).filter((name) => /glb|lock/.test(name))).toEqual([]);
  });

  it('is none when there is nothing to commit', async () => {
    using repository = startChange();
    const head = repository.git('rev-parse', 'HEAD');
    expect(await publish(repository, [])).toEqual({ commit: null });
    expect(repository.git('rev-parse', 'HEAD')).toBe(head);
  });

  it.each([
    'a folder/a file.glb',
    `"it's".glb`,
    'möbel/椅子.glb',
    '-rf.glb',
    '--x.glb',
    '.a.glb',
    ':(top)x.glb',
    'two\nlines.glb',
    '*?.glb',
    'tab\t.glb',
  ])('takes the name %j', async (name) => {
    using repository = startChange({ [name]: OLD, 'x.glb': OLD });
    await publish(repository, [file(repository, name)]);
    expect(repository.git('diff', '-z', '--name-only', 'HEAD^')).toBe(`${name}\0`);
    expect(readFileSync(path.join(repository.directory, name))).toEqual(NEW);
    expect(repository.git('status', '--porcelain')).toBe('');
  });

  it('keeps the executable mode', async () => {
    using repository = startChange();
    repository.write('a.glb', OLD, 0o755);
    repository.commit('executable');
    await publish(repository, [file(repository, 'a.glb')]);
    expect(repository.git('ls-tree', 'HEAD', 'a.glb')).toMatch(/^100755 /);
    expect(lstatSync(path.join(repository.directory, 'a.glb')).mode & 0o111).toBe(0o111);
    expect(repository.git('status', '--porcelain')).toBe('');
  });

  it('works from a folder inside, in a linked work tree and with untracked files about', async () => {
    using repository = startChange({ 'sub/a.glb': OLD });
    repository.write('untracked.txt', 'mine');
    using inside = testRepository(path.join(repository.directory, 'sub'));
    const { commit } = await publish(inside, [{ ...file(inside, 'a.glb'), path: 'sub/a.glb' }]);
    expect(repository.git('rev-parse', 'HEAD')).toBe(commit);
    using linked = testRepository(`${repository.directory}.linked`);
    repository.git('worktree', 'add', '-q', '-b', 'other', linked.directory);
    const second = await publish(linked, [
      { ...file(linked, 'sub/a.glb'), content: contentOf(new Uint8Array(OLD)), digest: sha256(OLD) },
    ]);
    expect(linked.git('rev-parse', 'other')).toBe(second.commit);
    expect(linked.git('status', '--porcelain')).toBe('');
    expect(repository.git('rev-parse', 'change')).toBe(commit);
    expect(repository.git('status', '--porcelain')).toBe('?? untracked.txt');
  });

  it('leaves line ends alone under autocrlf, and sees text files as clean', async () => {
    using repository = startChange();
    repository.git('config', 'core.autocrlf', 'true');
    rmSync(path.join(repository.directory, 'readme.txt'));
    repository.git('checkout', '-q', '--', 'readme.txt');
    expect(readFileSync(path.join(repository.directory, 'readme.txt')).toString()).toBe('hello\r\n');
    utimesSync(path.join(repository.directory, 'readme.txt'), 1, 1);
    await publish(repository, [file(repository, 'a.glb')]);
    expect(readFileSync(path.join(repository.directory, 'a.glb'))).toEqual(NEW);
    expect(repository.git('status', '--porcelain')).toBe('');
  });

  it('takes files that were only touched as clean', async () => {
    using repository = startChange();
    utimesSync(path.join(repository.directory, 'readme.txt'), 1, 1);
    utimesSync(path.join(repository.directory, 'a.glb'), 1, 1);
    expect((await publish(repository, [file(repository, 'a.glb')])).commit).not.toBeNull();
  });

  it('has our identity where the user has none', async () => {
    using repository = startChange();
    const { PATH, HOME, GIT_CONFIG_NOSYSTEM } = TEST_ENVIRONMENT;
    const opened = await open(repository.directory, { environment: { PATH, HOME, GIT_CONFIG_NOSYSTEM } });
    const { job } = await findChange(opened, { base: 'main' });
    await worktreePublisher(opened).publish(proposal(job, [file(repository, 'a.glb')]));
    const expected = 'GLB Optimizer <noreply@glb-optimizer.invalid>';
    expect(repository.git('log', '-1', '--format=%an <%ae>|%cn <%ce>')).toBe(`${expected}|${expected}`);
  });

  it('has the identity of the config', async () => {
    using repository = startChange();
    repository.git('config', 'user.name', 'Grace');
    repository.git('config', 'user.email', 'grace@example.org');
    const { PATH, HOME } = TEST_ENVIRONMENT;
    const opened = await open(repository.directory, { environment: { PATH, HOME } });
    const { job } = await findChange(opened, { base: 'main' });
    await worktreePublisher(opened).publish(proposal(job, [file(repository, 'a.glb')]));
    expect(repository.git('log', '-1', '--format=%an <%ae>')).toBe('Grace <grace@example.org>');
  });

  it('keeps the original beside it, and never a second time', async () => {
    using repository = startChange();
    const source = file(repository, 'a.glb').sourceBlob;
    await publish(repository, [file(repository, 'a.glb', NEW, 'originals/a.glb')]);
    expect(repository.git('rev-parse', 'HEAD:originals/a.glb')).toBe(source);
    expect(readFileSync(path.join(repository.directory, 'originals/a.glb'))).toEqual(OLD);
    expect(repository.git('status', '--porcelain')).toBe('');
    await publish(repository, [file(repository, 'a.glb', Buffer.from('third\0'), 'originals/a.glb')]);
    expect(repository.git('rev-parse', 'HEAD:originals/a.glb')).toBe(source);
  });

  it('stays out of the work tree where a sparse checkout leaves the file out', async () => {
    using repository = startChange({ 'in/a.glb': OLD, 'out/b.glb': OLD });
    repository.git('sparse-checkout', 'set', 'in');
    await publish(repository, [file(repository, 'in/a.glb'), file(repository, 'out/b.glb')]);
    expect(existsSync(path.join(repository.directory, 'out/b.glb'))).toBe(false);
    expect(repository.git('diff', '--name-only', 'HEAD^')).toBe('in/a.glb\nout/b.glb');
    expect(repository.git('status', '--porcelain')).toBe('');
  });
});

it('runs no hook and no filter', async () => {
  using repository = startChange();
  const trap = path.join(repository.directory, '.git', 'trap');
  const hooks = path.join(repository.directory, '.git', 'hooks');
  const evil = `#!/bin/sh\necho "$0 $*" >> '${trap}'\ncat\n`;
  mkdirSync(hooks, { recursive: true });
  const names = [
    'pre-commit',
    'commit-msg',
    'post-commit',
    'reference-transaction',
    'post-index-change',
    'post-checkout',
  ];
  for (const name of names) writeFileSync(path.join(hooks, name), evil, { mode: 0o755 });
  const filter = path.join(hooks, 'filter');
  writeFileSync(filter, evil, { mode: 0o755 });
  writeFileSync(path.join(repository.directory, '.git', 'info', 'attributes'), '* filter=a=b.c\n');
  for (const key of ['clean', 'smudge', 'process']) {
    writeFileSync(
      path.join(repository.directory, '.git', 'config'),
      `[filter "a=b.c"]\n${key} = '${filter}'\nrequired\n`,
      {
        flag: 'a',
      },
    );
  }
  repository.git('config', 'core.fsmonitor', `'${filter}'`);
  rmSync(trap, { force: true });
  utimesSync(path.join(repository.directory, 'readme.txt'), 1, 1);
  const sourceBlob = file(repository, 'a.glb');
  rmSync(trap, { force: true });
  expect((await publish(repository, [sourceBlob])).commit).not.toBeNull();
  expect(existsSync(trap)).toBe(false);
});
