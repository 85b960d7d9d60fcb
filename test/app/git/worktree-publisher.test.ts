import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findChange } from '../../../app/git/change.ts';
import { worktreePublisher } from '../../../app/git/worktree-publisher.ts';
import type { Proposal, ProposedFile, ReviewJob } from '../../../src/index.ts';
import {
  makeRepository,
  open,
  TEST_ENVIRONMENT,
  type TestRepository,
  testRepository,
} from '../../doubles/repository.ts';

// NUL bytes, as every GLB has, and line ends that a careless conversion would change.
const OLD = Buffer.from('glTF\0old\r\n'.repeat(20));
const NEW = Buffer.from('glTF\0new\r\n');
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const pointerTo = (bytes: Uint8Array) =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256(bytes)}\nsize ${bytes.byteLength}\n`;

function startChange(files: Readonly<Record<string, string | Uint8Array>> = { 'a.glb': OLD }): TestRepository {
  const repository = makeRepository();
  repository.write('readme.txt', 'hello\n');
  repository.commit('first');
  repository.git('switch', '-q', '-c', 'change');
  for (const [name, content] of Object.entries(files)) repository.write(name, content);
  repository.commit('second');
  return repository;
}

function file(repository: TestRepository, name: string, bytes = NEW, originalPath: string | null = null): ProposedFile {
  const sourceBlob = repository.git('rev-parse', `HEAD:./${name}`);
  return { path: name, mode: '100644', sourceBlob, bytes: new Uint8Array(bytes), digest: sha256(bytes), originalPath };
}

function proposal(job: ReviewJob, files: readonly ProposedFile[]): Proposal {
  const totals = { assetCount: 0, byteLengthBefore: 0, byteLengthAfter: 0, savedBytes: 0, savedRatio: 0 };
  const tool = { name: 'glb-optimizer', version: '0' };
  const report = { schemaVersion: 1 as const, tool, job: { ...job, commit: null }, totals, assets: [] };
  const commitMessage = 'Optimize 1 GLB file\n\nDigest: café\n';
  return { job, report, files, commitMessage, comment: '', images: [], models: [] };
}

async function publish(repository: TestRepository, files: readonly ProposedFile[], change: Partial<ReviewJob> = {}) {
  const opened = await open(repository.directory);
  const { job } = await findChange(opened, { base: 'main' });
  return worktreePublisher(opened).publish(proposal({ ...job, ...change }, files));
}

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
      { ...file(linked, 'sub/a.glb'), bytes: new Uint8Array(OLD), digest: sha256(OLD) },
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

describe('Git LFS', () => {
  const objectFile = (repository: TestRepository, bytes: Uint8Array) => {
    const digest = sha256(bytes);
    return path.join(repository.directory, '.git/lfs/objects', digest.slice(0, 2), digest.slice(2, 4), digest);
  };

  it('gets the new object, and the commit a pointer to it; the work tree keeps what it had, file or pointer', async () => {
    using repository = startChange({
      'a.glb': pointerTo(OLD),
      'b.glb': pointerTo(OLD),
      '.gitattributes': '*.glb filter=lfs\n',
    });
    // As after `git lfs checkout a.glb`: the real file is there, the index still has its pointer.
    repository.write('a.glb', OLD);
    await publish(repository, [file(repository, 'a.glb'), file(repository, 'b.glb')]);
    expect(readFileSync(objectFile(repository, NEW))).toEqual(NEW);
    for (const name of ['a.glb', 'b.glb']) {
      expect(repository.git('cat-file', 'blob', `HEAD:${name}`)).toBe(pointerTo(NEW).trimEnd());
    }
    expect(readFileSync(path.join(repository.directory, 'a.glb'))).toEqual(NEW);
    expect(readFileSync(path.join(repository.directory, 'b.glb')).toString()).toBe(pointerTo(NEW));
  });

  it('keeps a pointer a pointer where no attribute asks for it', async () => {
    using repository = startChange({ 'a.glb': pointerTo(OLD) });
    await publish(repository, [file(repository, 'a.glb')]);
    expect(repository.git('cat-file', 'blob', 'HEAD:a.glb')).toBe(pointerTo(NEW).trimEnd());
  });

  it('gets bytes that were committed past it, when an attribute asks for it', async () => {
    using repository = startChange({ 'a.glb': OLD });
    repository.write('.gitattributes', '*.glb filter=lfs diff=lfs merge=lfs -text\n');
    repository.commit('attributes');
    await publish(repository, [file(repository, 'a.glb')]);
    expect(repository.git('cat-file', 'blob', 'HEAD:a.glb')).toBe(pointerTo(NEW).trimEnd());
    expect(readFileSync(objectFile(repository, NEW))).toEqual(NEW);
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
