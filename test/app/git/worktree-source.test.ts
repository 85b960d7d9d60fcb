import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ChangeRefs, findChange } from '../../../app/git/change.ts';
import { worktreeSource } from '../../../app/git/worktree-source.ts';
import type { ChangedAsset } from '../../../src/index.ts';
import {
  makeRepository,
  open,
  TEST_ENVIRONMENT,
  type TestRepository,
  testRepository,
} from '../../doubles/repository.ts';
import { gitSourceContract } from '../../ports/git-source.contract.ts';

async function openSource(repository: TestRepository, refs: ChangeRefs = { base: 'main' }) {
  const opened = await open(repository.directory);
  const change = await findChange(opened, refs);
  return { ...change, source: worktreeSource(opened, change.job) };
}

async function list(repository: TestRepository, refs?: ChangeRefs): Promise<readonly ChangedAsset[]> {
  const { source, job } = await openSource(repository, refs);
  await using _closed = source;
  return source.listChanges(job);
}

gitSourceContract('worktree', async ({ before, after }) => {
  const repository = makeRepository();
  for (const [name, content] of Object.entries(before)) repository.write(name, content);
  repository.commit('before');
  repository.git('switch', '-q', '-c', 'change');
  for (const name of Object.keys(before)) rmSync(path.join(repository.directory, name));
  for (const [name, content] of Object.entries(after)) repository.write(name, content);
  repository.commit('after');
  const { source, job } = await openSource(repository);
  return {
    source,
    job,
    async [Symbol.asyncDispose]() {
      await source[Symbol.asyncDispose]();
      repository[Symbol.dispose]();
    },
  };
});

/** main: a.glb. change: whatever the test adds. */
function startChange(...initArguments: readonly string[]): TestRepository {
  const repository = makeRepository(...initArguments);
  repository.write('a.glb', 'a'.repeat(200));
  repository.commit('first');
  repository.git('switch', '-q', '-c', 'change');
  return repository;
}

describe('the change that is listed', () => {
  it('begins at the merge base: what happened on main since then is not listed', async () => {
    using repository = startChange();
    repository.write('mine.glb', 'mine');
    repository.commit('mine');
    repository.git('switch', '-q', 'main');
    repository.write('theirs.glb', 'theirs');
    repository.commit('theirs');
    repository.git('switch', '-q', 'change');
    expect((await list(repository)).map((asset) => asset.path)).toEqual(['mine.glb']);
  });

  it('has the bytes of the commit, whatever lies in the work tree', async () => {
    using repository = startChange();
    repository.write('b.glb', 'committed');
    repository.commit('b');
    repository.write('b.glb', 'changed since');
    const { source, job } = await openSource(repository);
    await using _closed = source;
    const [asset] = await source.listChanges(job);
    const read = asset && (await source.readBytes(asset, 100));
    expect(read?.kind === 'bytes' && Buffer.from(read.bytes).toString()).toBe('committed');
  });

  it('has a renamed file under its new name', async () => {
    using repository = startChange();
    repository.git('mv', 'a.glb', 'b.glb');
    repository.commit('rename');
    expect(await list(repository)).toMatchObject([{ path: 'b.glb', change: 'renamed', byteLength: 200 }]);
  });

  it('keeps the executable mode', async () => {
    using repository = startChange();
    repository.write('b.glb', 'b', 0o755);
    repository.commit('b');
    expect(await list(repository)).toMatchObject([{ path: 'b.glb', mode: '100755' }]);
  });

  it('leaves out symlinks and submodules', async () => {
    using repository = startChange();
    symlinkSync('/etc/passwd', path.join(repository.directory, 'link.glb'));
    repository.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},module.glb`);
    repository.git('add', 'link.glb');
    repository.git('commit', '-q', '-m', 'links');
    expect(await list(repository)).toEqual([]);
  });

  it('has a file that was a symlink before', async () => {
    using repository = makeRepository();
    symlinkSync('/etc/passwd', path.join(repository.directory, 'a.glb'));
    repository.commit('link');
    repository.git('switch', '-q', '-c', 'change');
    rmSync(path.join(repository.directory, 'a.glb'));
    repository.write('a.glb', 'now a file');
    repository.commit('file');
    expect(await list(repository)).toMatchObject([{ path: 'a.glb', change: 'modified', mode: '100644' }]);
  });

  it('is the same from a folder inside and in a bare clone', async () => {
    using repository = startChange();
    repository.write('sub/b.glb', 'b');
    repository.commit('b');
    const expected = [{ path: 'sub/b.glb' }];
    using inside = testRepository(path.join(repository.directory, 'sub'));
    expect(await list(inside)).toMatchObject(expected);
    using bare = testRepository(`${repository.directory}.bare`);
    execFileSync('git', ['clone', '-q', '--bare', repository.directory, bare.directory], { env: TEST_ENVIRONMENT });
    expect(await list(bare)).toMatchObject(expected);
  });

  it('is read in a linked work tree, too', async () => {
    using repository = startChange();
    using linked = testRepository(`${repository.directory}.linked`);
    repository.git('worktree', 'add', '-q', '-b', 'other', linked.directory, 'main');
    linked.write('b.glb', 'b');
    linked.commit('b');
    expect(await list(linked)).toMatchObject([{ path: 'b.glb' }]);
    expect(await list(repository)).toEqual([]);
  });

  it('is empty when the base is the head', async () => {
    using repository = startChange();
    expect(await list(repository, { base: 'HEAD' })).toEqual([]);
  });

  it('can have a thousand files, read eight at a time', async () => {
    using repository = startChange();
    for (let i = 0; i < 1000; i++) repository.write(`many/${i}.glb`, `content of ${i}`);
    repository.commit('many');
    const { source, job } = await openSource(repository);
    await using _closed = source;
    const assets = await source.listChanges(job);
    expect(assets).toHaveLength(1000);
    const texts = await Promise.all(
      assets.map(async (asset) => {
        const read = await source.readBytes(asset, 1000);
        return read.kind === 'bytes' && Buffer.from(read.bytes).toString();
      }),
    );
    expect(texts).toEqual(assets.map((asset) => `content of ${asset.path.slice(5, -4)}`));
  });

  it('has a name that is not UTF-8, but cannot read it', async () => {
    using repository = startChange();
    writeFileSync(
      Buffer.concat([Buffer.from(`${repository.directory}/`), Buffer.from([0xff]), Buffer.from('.glb')]),
      'x',
    );
    repository.commit('latin');
    const { source, job } = await openSource(repository);
    await using _closed = source;
    const [asset] = await source.listChanges(job);
    expect(asset?.path).toBe('\uFFFD.glb');
    await expect(asset && source.readBytes(asset, 100)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });
});

describe('the base', () => {
  it('is the default branch of origin when there is one', async () => {
    using repository = startChange();
    repository.git('update-ref', 'refs/remotes/origin/trunk', 'main');
    repository.git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/trunk');
    const opened = await open(repository.directory);
    expect(await findChange(opened, {})).toMatchObject({ base: 'origin/trunk', job: { branch: 'change' } });
  });

  it('is main, else master, without an origin', async () => {
    using repository = startChange();
    const opened = await open(repository.directory);
    expect(await findChange(opened, {})).toMatchObject({ base: 'main' });
    repository.git('branch', '-m', 'main', 'master');
    expect(await findChange(opened, {})).toMatchObject({ base: 'master' });
    repository.git('branch', '-m', 'master', 'other');
    await expect(findChange(opened, {})).rejects.toMatchObject({ code: 'GIT_UNKNOWN_REF' });
  });

  it.each(['nowhere', '-h', '--all', '', 'main..change', 'main:a.glb'])('cannot be "%s"', async (base) => {
    using repository = startChange();
    const opened = await open(repository.directory);
    await expect(findChange(opened, { base })).rejects.toMatchObject({ code: 'GIT_UNKNOWN_REF' });
  });

  it('must share history with the head', async () => {
    using repository = startChange();
    repository.git('switch', '-q', '--orphan', 'alone');
    repository.commit('alone');
    const opened = await open(repository.directory);
    await expect(findChange(opened, { base: 'main' })).rejects.toMatchObject({ code: 'GIT_NO_MERGE_BASE' });
    await expect(findChange(opened, { base: 'main' })).rejects.toThrow(/unrelated/);
  });

  it('asks for the rest of a shallow clone', async () => {
    using repository = startChange();
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

describe('the repository', () => {
  it('must be one', async () => {
    const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'no-repo-'));
    await expect(open(folder)).rejects.toMatchObject({ code: 'GIT_NOT_A_REPOSITORY' });
    await expect(open(path.join(folder, 'missing'))).rejects.toMatchObject({ code: 'GIT_NOT_A_REPOSITORY' });
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['https://github.com/acme/shop.git', 'acme/shop'],
    ['https://user:secret@github.com/acme/shop', 'acme/shop'],
    ['git@github.com:acme/shop.git', 'acme/shop'],
    ['ssh://git@host:22/acme/shop.git/', 'acme/shop'],
  ])('is called by its remote %s', async (url, name) => {
    using repository = startChange();
    repository.git('remote', 'add', 'origin', url);
    expect((await findChange(await open(repository.directory), {})).job.repository).toBe(name);
  });

  it('is called by its folder without a remote', async () => {
    using repository = startChange();
    const { job } = await findChange(await open(repository.directory), {});
    expect(job.repository).toBe(path.basename(repository.directory));
  });

  it('runs none of its own programs while it is read', async () => {
    using repository = startChange();
    const trap = path.join(repository.directory, '.git', 'trap');
    const evil = path.join(repository.directory, '.git', 'evil.sh');
    writeFileSync(evil, `#!/bin/sh\necho "$0 $*" >> '${trap}'\ncat\n`, { mode: 0o755 });
    repository.write('.gitattributes', '*.glb filter=evil diff=evil\n');
    repository.write('b.glb', 'b');
    repository.commit('b');
    for (const key of ['core.fsmonitor', 'diff.evil.textconv', 'diff.evil.command', 'diff.external', 'core.pager']) {
      repository.git('config', key, `'${evil}'`);
    }
    for (const key of ['clean', 'smudge', 'process']) repository.git('config', `filter.evil.${key}`, `'${evil}'`);
    repository.git('config', 'alias.lfs', `!'${evil}'`);
    const { source, job } = await openSource(repository);
    await using _closed = source;
    const assets = await source.listChanges(job);
    expect(assets).toHaveLength(1);
    for (const asset of assets) await source.readBytes(asset, 100);
    await source.readPolicy(job);
    expect(() => readFileSync(trap)).toThrow(/ENOENT/);
  });
});

describe('Git LFS', () => {
  const content = Buffer.from('the real bytes');
  const digest = createHash('sha256').update(content).digest('hex');
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${digest}\nsize ${content.byteLength}\n`;

  function withPointer(object?: string | Uint8Array): TestRepository {
    const repository = startChange();
    repository.write('b.glb', pointer);
    repository.commit('pointer');
    if (object !== undefined) {
      const folder = path.join(repository.directory, '.git/lfs/objects', digest.slice(0, 2), digest.slice(2, 4));
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, digest), object);
    }
    return repository;
  }

  it.each([
    ['the object when it is here', content, 100, { kind: 'bytes', bytes: new Uint8Array(content) }],
    ['nothing of an object that is too large', content, 10, { kind: 'over-limit', byteLength: 14, limitBytes: 10 }],
    ['no object of another content', 'the fake bytes', 100, { kind: 'lfs-pointer', digest }],
    ['no object that was cut off', 'the real', 100, { kind: 'lfs-pointer', digest }],
    ['no object that is not here', undefined, 100, { kind: 'lfs-pointer', digest, byteLength: 14 }],
  ])('gives %s', async (_sentence, object, limitBytes, expected) => {
    using repository = withPointer(object);
    const { source, job } = await openSource(repository);
    await using _closed = source;
    const [asset] = await source.listChanges(job);
    expect(asset && (await source.readBytes(asset, limitBytes))).toMatchObject(expected);
  });

  it('says what to install where git lfs is absent', async () => {
    using repository = withPointer();
    const bin = path.join(repository.directory, '.git', 'bin');
    mkdirSync(bin);
    const git = execFileSync('sh', ['-c', 'command -v git']).toString().trim();
    symlinkSync(git, path.join(bin, 'git'));
    const opened = await open(repository.directory, { environment: { ...TEST_ENVIRONMENT, PATH: bin } });
    const { job } = await findChange(opened, { base: 'main' });
    await using source = worktreeSource(opened, job);
    const [asset] = await source.listChanges(job);
    const read = asset && (await source.readBytes(asset, 100));
    expect(read?.kind === 'lfs-pointer' && read.why).toMatch(/not installed.*git-lfs\.com/);
  });
});

describe('the policy', () => {
  async function readPolicy(files: Readonly<Record<string, string>>) {
    using repository = makeRepository();
    for (const [name, content] of Object.entries(files)) repository.write(name, content);
    repository.commit('policy');
    repository.git('switch', '-q', '-c', 'change');
    repository.write('.github/glb-optimizer.yml', 'preset: small');
    repository.commit('loosened');
    const { source, job } = await openSource(repository);
    await using _closed = source;
    return await source.readPolicy(job);
  }

  it('is the one of the merge base', async () => {
    const file = '.github/glb-optimizer.yaml';
    expect(await readPolicy({ [file]: 'preset: lossless' })).toEqual({ path: file, text: 'preset: lossless' });
  });

  it('may be missing', async () => {
    expect(await readPolicy({ 'a.glb': 'a' })).toBeUndefined();
  });

  it('may be there only once, and stays small', async () => {
    const two = { '.github/glb-optimizer.yml': 'a: 1', '.github/glb-optimizer.json': '{}' };
    await expect(readPolicy(two)).rejects.toMatchObject({ code: 'POLICY_INVALID' });
    const large = { '.github/glb-optimizer.yml': '#'.repeat(70_000) };
    await expect(readPolicy(large)).rejects.toMatchObject({ code: 'POLICY_INVALID' });
  });
});

it('reads manifests from the asset upwards, the nearest first', async () => {
  using repository = startChange();
  repository.write('package.json', '{"name":"root"}');
  repository.write('game/package.json', '{"name":"game"}');
  repository.write('game/Cargo.toml', '[package]');
  repository.write('other/package.json', '{"name":"other"}');
  repository.write('game/models/b.glb', 'b');
  repository.commit('b');
  const { source, job } = await openSource(repository);
  await using _closed = source;
  const [asset] = await source.listChanges(job);
  const found = asset && (await source.readManifests(asset));
  expect(found?.map((file) => file.path)).toEqual(['game/package.json', 'game/Cargo.toml', 'package.json']);
});
