import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filesSource } from '../../../app/files/files-source.ts';
import { findGlbs } from '../../../app/files/find-files.ts';
import { FILES_JOB } from '../../../src/index.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'glb files ')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
}
const find = (...named: string[]) => findGlbs(named, { from: folder, shownFrom: folder });
const text = (content: string) => new Uint8Array(Buffer.from(content));

describe('a file', () => {
  async function open(name: string) {
    const found = await find(name);
    const source = filesSource(found, undefined);
    const [asset] = await source.listChanges(FILES_JOB);
    if (asset === undefined) throw new Error('nothing found');
    return { source, asset };
  }

  it('is read up to the limit', async () => {
    write({ 'a.glb': '12345' });
    const { source, asset } = await open('a.glb');
    expect(await source.readBytes(asset, 5)).toEqual({ kind: 'bytes', bytes: text('12345') });
    expect(await source.readBytes(asset, 4)).toEqual({ kind: 'over-limit', byteLength: 5, limitBytes: 4 });
  });

  it('that is a Git LFS pointer says so', async () => {
    write({ 'a.glb': `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 5\n` });
    const { source, asset } = await open('a.glb');
    expect(await source.readBytes(asset, 1000)).toMatchObject({ kind: 'lfs-pointer', byteLength: 5 });
  });

  it('finds siblings in its folder and below, nowhere else, and through no symlink that leads out', async () => {
    write({ 'm/a.glb': 'a', 'm/t.png': 'beside', 'm/maps/t.png': 'below', 'secret.png': 'secret' });
    symlinkSync(path.join(folder, 'secret.png'), path.join(folder, 'm/link.png'));
    symlinkSync(folder, path.join(folder, 'm/out'));
    symlinkSync(path.join(folder, 'm/maps'), path.join(folder, 'm/inside'));
    const { source, asset } = await open('m/a.glb');
    const sibling = async (uri: string) => {
      const read = await source.readSibling(asset, uri, 100);
      return read.kind === 'bytes' ? Buffer.from(read.bytes).toString() : read.kind;
    };
    expect(await sibling('t.png')).toBe('beside');
    expect(await sibling('maps/t.png')).toBe('below');
    expect(await sibling('inside/t.png')).toBe('below');
    for (const uri of ['../secret.png', '..%2Fsecret.png', 'link.png', 'out/secret.png', 'maps', '/etc/passwd']) {
      expect(await sibling(uri)).toBe('missing');
    }
  });

  it('tells of a sibling that is a Git LFS pointer, and of one over the limit', async () => {
    write({
      'a.glb': 'a',
      'lfs.png': `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 5\n`,
    });
    const { source, asset } = await open('a.glb');
    expect(await source.readSibling(asset, 'lfs.png', 1000)).toMatchObject({ kind: 'lfs-pointer', byteLength: 5 });
    expect(await source.readSibling(asset, 'lfs.png', 4)).toMatchObject({ kind: 'over-limit', limitBytes: 4 });
  });
});
