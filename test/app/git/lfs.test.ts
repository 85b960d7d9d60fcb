import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findChange } from '../../../app/git/change.ts';
import { worktreeSource } from '../../../app/git/worktree-source.ts';
import { file, NEW, OLD, pointerTo, publish, sha256, startChange } from '../../doubles/proposals.ts';
import { open, TEST_ENVIRONMENT, type TestRepository } from '../../doubles/repository.ts';
import { openSource, startBranch } from '../../doubles/sources.ts';

describe('a pointer', () => {
  const content = Buffer.from('the real bytes');
  const digest = createHash('sha256').update(content).digest('hex');
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${digest}\nsize ${content.byteLength}\n`;

  function withPointer(object?: string | Uint8Array): TestRepository {
    const repository = startBranch();
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

describe('a commit', () => {
  const objectFile = (repository: TestRepository, bytes: Uint8Array) => {
    const digest = sha256(bytes);
    return path.join(repository.directory, '.git/lfs/objects', digest.slice(0, 2), digest.slice(2, 4), digest);
  };

  it('leaves the new object for git lfs and has a pointer to it; the work tree keeps what it had, file or pointer', async () => {
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

  it('has a pointer in place of bytes that were committed past it, when an attribute asks for it', async () => {
    using repository = startChange({ 'a.glb': OLD });
    repository.write('.gitattributes', '*.glb filter=lfs diff=lfs merge=lfs -text\n');
    repository.commit('attributes');
    await publish(repository, [file(repository, 'a.glb')]);
    expect(repository.git('cat-file', 'blob', 'HEAD:a.glb')).toBe(pointerTo(NEW).trimEnd());
    expect(readFileSync(objectFile(repository, NEW))).toEqual(NEW);
  });
});
