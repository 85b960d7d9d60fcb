/** What every GitSource must do; each adapter runs it on a change that it makes out of the same description. */
import { describe, expect, it } from 'vitest';
import type { GitSource, ReviewJob } from '../../src/index.ts';

/** A change, as files before and after; undefined is no file. Bytes that are the same on both sides did not change. */
export interface ChangeDescription {
  readonly before: Readonly<Record<string, string>>;
  readonly after: Readonly<Record<string, string>>;
}

/** A source opened on a change. */
export interface OpenedSource extends AsyncDisposable {
  readonly source: GitSource;
  readonly job: ReviewJob;
}

/** Runs the contract. `open` makes the change real and opens a source on it. */
export function gitSourceContract(name: string, open: (change: ChangeDescription) => Promise<OpenedSource>): void {
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

  describe(`${name} keeps the GitSource contract`, () => {
    it('lists what was added and changed, and neither what stayed nor what is no GLB', async () => {
      await using opened = await open({
        before: { 'same.glb': '1', 'changed.glb': '2', 'gone.glb': '3' },
        after: { 'same.glb': '1', 'changed.glb': '22', 'new.glb': '4444', 'new.png': '5', 'UPPER.GLB': '66' },
      });
      const listed = await opened.source.listChanges(opened.job);
      expect(listed.map(({ path, change, byteLength }) => [path, change, byteLength])).toEqual([
        ['UPPER.GLB', 'added', 2],
        ['changed.glb', 'modified', 2],
        ['new.glb', 'added', 4],
      ]);
    });

    it('lists nothing when nothing changed', async () => {
      await using opened = await open({ before: { 'a.glb': '1' }, after: { 'a.glb': '1' } });
      expect(await opened.source.listChanges(opened.job)).toEqual([]);
    });

    it.each([
      ['spaces', 'a folder/a file.glb'],
      ['quotes', `it's "quoted".glb`],
      ['letters beyond ASCII', 'möbel/椅子🪑.glb'],
      ['a leading dash', '-rf.glb'],
      ['two leading dashes', '--output=x.glb'],
      ['a leading dot', '.hidden.glb'],
      ['a leading colon', ':(top)x.glb'],
      ['a newline', 'two\nlines.glb'],
      ['a tab', 'tab\there.glb'],
      ['a glob', '*[a-z]?.glb'],
      ['a backslash', 'back\\slash.glb'],
    ])('reads a file whose name has %s', async (_sentence, path) => {
      await using opened = await open({ before: {}, after: { [path]: 'bytes', 'x.glb': 'other' } });
      const asset = (await opened.source.listChanges(opened.job)).find((found) => found.path === path);
      expect(asset).toMatchObject({ path, change: 'added', mode: '100644' });
      const read = asset && (await opened.source.readBytes(asset, 100));
      expect(read?.kind === 'bytes' && text(read.bytes)).toBe('bytes');
    });

    it('refuses more bytes than the limit, and reads exactly the limit', async () => {
      await using opened = await open({ before: {}, after: { 'a.glb': '12345' } });
      const [asset] = await opened.source.listChanges(opened.job);
      if (asset === undefined) throw new Error('nothing listed');
      expect(await opened.source.readBytes(asset, 4)).toEqual({ kind: 'over-limit', byteLength: 5, limitBytes: 4 });
      expect(await opened.source.readBytes(asset, 5)).toMatchObject({ kind: 'bytes' });
    });

    it('tells an LFS pointer whose object is missing', async () => {
      const digest = 'ab'.repeat(32);
      const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${digest}\nsize 1234\n`;
      await using opened = await open({ before: {}, after: { 'a.glb': pointer } });
      const [asset] = await opened.source.listChanges(opened.job);
      if (asset === undefined) throw new Error('nothing listed');
      const read = await opened.source.readBytes(asset, 1000);
      expect(read).toMatchObject({ kind: 'lfs-pointer', digest, byteLength: 1234 });
      expect(read.kind === 'lfs-pointer' && read.why).toMatch(/Git LFS/);
    });

    it.each([
      ['beside it', 'wood.png', 'beside'],
      ['in a folder below', 'maps/wood.png', 'below'],
      ['percent-encoded', 'maps/dark%20wood.png', 'space'],
      ['with a dot', './maps/../wood.png', 'beside'],
    ])('finds a sibling %s', async (_sentence, uri, expected) => {
      const after = {
        'models/a.glb': 'a',
        'models/wood.png': 'beside',
        'models/maps/wood.png': 'below',
        'models/maps/dark wood.png': 'space',
      };
      await using opened = await open({ before: {}, after });
      const [asset] = await opened.source.listChanges(opened.job);
      const read = asset && (await opened.source.readSibling(asset, uri, 100));
      expect(read?.kind === 'bytes' && text(read.bytes)).toBe(expected);
    });

    it('tells of a sibling that is an LFS pointer without its object, and of one over the limit', async () => {
      const digest = 'ab'.repeat(32);
      const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${digest}\nsize 1234\n`;
      await using opened = await open({ before: {}, after: { 'a.glb': 'a', 'lfs.png': pointer, 'big.png': '12345' } });
      const [asset] = await opened.source.listChanges(opened.job);
      if (asset === undefined) throw new Error('nothing listed');
      expect(await opened.source.readSibling(asset, 'lfs.png', 1000)).toMatchObject({
        kind: 'lfs-pointer',
        digest,
        byteLength: 1234,
        why: expect.stringMatching(/Git LFS/),
      });
      const big = await opened.source.readSibling(asset, 'big.png', 4);
      expect(big).toEqual({ kind: 'over-limit', byteLength: 5, limitBytes: 4 });
    });

    it.each([
      'missing.png',
      'maps',
      'maps/',
      '../../secret.txt',
      '..%2F..%2Fsecret.txt',
      '%2e%2e/%2e%2e/secret.txt',
      '/etc/passwd',
      '%2Fetc%2Fpasswd',
      'file:///etc/passwd',
      'https://example.org/wood.png',
      '//example.org/wood.png',
      'C:/wood.png',
      'maps\\wood.png',
      'maps%5Cwood.png',
      'wood.png%00',
      'wood.png?x=1',
      '%',
      '',
      '.',
      'wood%252epng',
    ])('finds no sibling by the uri "%s"', async (uri) => {
      const after = {
        'models/a.glb': 'a',
        'models/wood.png': 'wood',
        'models/maps/wood.png': 'wood',
        'secret.txt': 's',
      };
      await using opened = await open({ before: {}, after });
      const asset = (await opened.source.listChanges(opened.job)).find((found) => found.path === 'models/a.glb');
      expect(asset && (await opened.source.readSibling(asset, uri, 100))).toEqual({ kind: 'missing' });
    });
  });
}
