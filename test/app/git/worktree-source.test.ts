import { execFileSync } from 'node:child_process';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeRepository, TEST_ENVIRONMENT, testRepository } from '../../doubles/repository.ts';
import { list, openSource, startBranch } from '../../doubles/sources.ts';
import { gitSourceContract } from '../../ports/git-source.contract.ts';

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

describe('the change that is listed', () => {
  it('begins at the merge base: what happened on main since then is not listed', async () => {
    using repository = startBranch();
    repository.write('mine.glb', 'mine');
    repository.commit('mine');
    repository.git('switch', '-q', 'main');
    repository.write('theirs.glb', 'theirs');
    repository.commit('theirs');
    repository.git('switch', '-q', 'change');
    expect((await list(repository)).map((asset) => asset.path)).toEqual(['mine.glb']);
  });

  it('has the bytes of the commit, whatever lies in the work tree', async () => {
    using repository = startBranch();
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
    using repository = startBranch();
    repository.git('mv', 'a.glb', 'b.glb');
    repository.commit('rename');
    expect(await list(repository)).toMatchObject([{ path: 'b.glb', change: 'renamed', byteLength: 200 }]);
  });

  it('keeps the executable mode', async () => {
    using repository = startBranch();
    repository.write('b.glb', 'b', 0o755);
    repository.commit('b');
    expect(await list(repository)).toMatchObject([{ path: 'b.glb', mode: '100755' }]);
  });

  it('leaves out symlinks and submodules', async () => {
    using repository = startBranch();
    symlinkSync('/etc/passwd', path.join(repository.directory, 'link.glb'));
    repository.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},module.glb`);
    repository.git('add', 'link.glb');
    repository.git('commit', '-q', '-m', 'links');
    expect(await list(repository)).toEqual([]);
  });

  it('finds no sibling that is a symlink or a submodule, nor one behind a symlink', async () => {
    using repository = startBranch();
    repository.write('real/a.png', 'a picture');
    repository.write('a.glb', 'an asset');
    symlinkSync('/etc/passwd', path.join(repository.directory, 'link.png'));
    symlinkSync('real/a.png', path.join(repository.directory, 'inner.png'));
    symlinkSync('real', path.join(repository.directory, 'folder'));
    repository.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},module`);
    repository.git('add', '.');
    repository.git('commit', '-q', '-m', 'links');
    const { source, job } = await openSource(repository);
    const [asset] = await source.listChanges(job);
    if (asset === undefined) throw new Error('nothing is listed');
    for (const uri of ['link.png', 'inner.png', 'folder/a.png', 'module', 'module/a.png', 'real', '.git/config'])
      expect([uri, await source.readSibling(asset, uri, 1000)]).toEqual([uri, { kind: 'missing' }]);
    expect(await source.readSibling(asset, 'real/a.png', 1000)).toMatchObject({ kind: 'bytes' });
    await source[Symbol.asyncDispose]();
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
    using repository = startBranch();
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
    using repository = startBranch();
    using linked = testRepository(`${repository.directory}.linked`);
    repository.git('worktree', 'add', '-q', '-b', 'other', linked.directory, 'main');
    linked.write('b.glb', 'b');
    linked.commit('b');
    expect(await list(linked)).toMatchObject([{ path: 'b.glb' }]);
    expect(await list(repository)).toEqual([]);
  });

  it('is empty when the base is the head', async () => {
    using repository = startBranch();
    expect(await list(repository, { base: 'HEAD' })).toEqual([]);
  });

  it('can have a thousand files, read eight at a time', async () => {
    using repository = startBranch();
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
    using repository = startBranch();
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
  using repository = startBranch();
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

it('finds the lines of code that register decoders, behind the manifests', async () => {
  using repository = startBranch();
  repository.write('package.json', '{"name":"root"}');
  repository.write('src/loader.ts', 'const loader = new GLTFLoader();\nloader.setDRACOLoader(draco);\n');
  repository.write('src/other.ts', 'export const x = 1;\n');
  repository.write('README.md', 'call loader.setKTX2Loader(ktx2)\n');
  repository.write('node_modules/three/a.js', 'loader.setMeshoptDecoder(x)\n');
  repository.write('models/b.glb', 'b');
  repository.commit('b');
  const { source, job } = await openSource(repository);
  await using _closed = source;
  const [asset] = await source.listChanges(job);
  expect(asset && (await source.readManifests(asset))).toEqual([
    { path: 'package.json', text: '{"name":"root"}' },
    { path: 'src/loader.ts', text: 'loader.setDRACOLoader(draco);' },
  ]);
});
