import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  checkOutput,
  type FilesOutput,
  type FilesPublisher,
  filesPublisher,
} from '../../../app/files/files-publisher.ts';
import { findGlbs } from '../../../app/files/find-files.ts';
import { folderPublisher } from '../../../app/files/folder-publisher.ts';
import {
  type AssetReport,
  commentOf,
  contentOf,
  digestOf,
  FILES_JOB,
  type Proposal,
  type ReportModel,
  readReport,
} from '../../../src/index.ts';
import { emptyReport, reportOf } from '../../doubles/reports.ts';

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
const read = (name: string) => readFileSync(path.join(folder, name)).toString();
const find = (...named: string[]) => findGlbs(named, { from: folder, shownFrom: folder });
const text = (content: string) => new Uint8Array(Buffer.from(content));

describe('what the user named', () => {
  it('finds files, folders and globs, each file once, without what other tools and we made', async () => {
    write({
      'a.glb': '',
      'b/c.glb': '',
      'b/D.GLB': '',
      'b/c.optimized.glb': '',
      'b/x.png': '',
      'node_modules/n.glb': '',
      '.git/g.glb': '',
      '.hidden/h.glb': '',
    });
    const paths = async (...named: string[]) => (await find(...named)).map((file) => file.path);
    expect(await paths('.')).toEqual(['.hidden/h.glb', 'a.glb', 'b/D.GLB', 'b/c.glb']);
    expect(await paths('b/*.glb', 'b', 'a.glb')).toEqual(['b/c.glb', 'b/D.GLB', 'a.glb']);
    expect(await paths('**/*.glb')).toEqual(['.hidden/h.glb', 'a.glb', 'b/c.glb']);
    expect(await paths('b/c.optimized.glb')).toEqual(['b/c.optimized.glb']);
  });

  it('takes a name that looks like a glob when it exists', async () => {
    write({ '[a].glb': '', 'a.glb': '' });
    expect((await find('[a].glb')).map((file) => file.path)).toEqual(['[a].glb']);
  });

  it.each([
    ['missing.glb', 'FILE_NOT_FOUND'],
    ['nothing/*.glb', 'FILE_NOT_FOUND'],
    ['scene.gltf', 'USAGE'],
  ])('says what is wrong with %s', async (name, code) => {
    write({ 'scene.gltf': '{}' });
    await expect(find(name)).rejects.toMatchObject({ code });
  });

  it('follows no symlink inside a folder', async () => {
    write({ 'real/a.glb': '' });
    symlinkSync(path.join(folder, 'real'), path.join(folder, 'linked'));
    symlinkSync(path.join(folder, 'real/a.glb'), path.join(folder, 'link.glb'));
    expect((await find('.')).map((file) => file.path)).toEqual(['real/a.glb']);
  });
});

describe('results', () => {
  function model(name: string, after: string | null, siblings: Readonly<Record<string, string>> = {}): ReportModel {
    const map = new Map(Object.entries(siblings).map(([uri, content]) => [uri, contentOf(text(content))]));
    const file = (content: string) => ({ content: contentOf(text(content)), siblings: map });
    return { path: name, before: file('old'), after: after === null ? null : file(after) };
  }

  interface Made {
    readonly name: string;
    readonly verdict: AssetReport['verdict'];
    readonly after?: string;
    readonly siblings?: Record<string, string>;
  }

  async function publish(output: FilesOutput, assets: readonly Made[], ...named: string[]) {
    const files = await find(...(named.length > 0 ? named : assets.map((asset) => asset.name)));
    await checkOutput(files, output);
    return publishTo(filesPublisher(files, output, folder), assets);
  }

  async function publishTo(publisher: FilesPublisher, assets: readonly Made[]) {
    const proposal: Proposal = {
      job: FILES_JOB,
      report: reportOf(
        assets.map(({ name, verdict }) => ({ path: name, verdict, sourceDigest: digestOf(text('old')) })),
      ),
      files: assets.flatMap(({ name, verdict, after }) =>
        verdict === 'improved' && after !== undefined
          ? [
              {
                path: name,
                mode: '100644',
                sourceBlob: '',
                content: contentOf(text(after)),
                digest: digestOf(text(after)),
                originalPath: null,
              },
            ]
          : [],
      ),
      commitMessage: '',
      images: [],
      models: assets.map(({ name, after, siblings }) => model(name, after ?? null, siblings)),
    };
    await publisher.publish(proposal);
    return publisher.written;
  }

  it('go beside their sources, proven or not, and say which', async () => {
    write({ 'a.glb': 'old', 'b.glb': 'old', 'c.glb': 'old' });
    const written = await publish({ kind: 'beside' }, [
      { name: 'a.glb', verdict: 'improved', after: 'new' },
      { name: 'b.glb', verdict: 'needs-review', after: 'maybe' },
      { name: 'c.glb', verdict: 'unchanged' },
    ]);
    expect(written).toEqual([
      { path: 'a.glb', output: 'a.optimized.glb', kind: 'optimized' },
      { path: 'b.glb', output: 'b.optimized.glb', kind: 'unproven' },
      { path: 'c.glb', output: null, kind: 'nothing' },
    ]);
    expect([read('a.glb'), read('a.optimized.glb'), read('b.optimized.glb')]).toEqual(['old', 'new', 'maybe']);
    expect(readdirSync(folder)).toHaveLength(5);
  });

  it('replace only proven ones in place, and keep the mode', async () => {
    write({ 'a.glb': 'old', 'b.glb': 'old' });
    const mode = statSync(path.join(folder, 'a.glb')).mode;
    await publish({ kind: 'in-place' }, [
      { name: 'a.glb', verdict: 'improved', after: 'new' },
      { name: 'b.glb', verdict: 'needs-review', after: 'maybe' },
    ]);
    expect([read('a.glb'), read('b.glb')]).toEqual(['new', 'old']);
    expect(statSync(path.join(folder, 'a.glb')).mode).toBe(mode);
    expect(readdirSync(folder)).toEqual(['a.glb', 'b.glb']);
  });

  it('never replace what was saved over the source meanwhile, nor bring back what was deleted', async () => {
    write({ 'a.glb': 'newer', 'b.glb': 'old', 'c.glb': 'old' });
    const files = await find('a.glb', 'b.glb', 'c.glb');
    const made = files.map((file) => ({ name: file.path, verdict: 'improved' as const, after: 'new' }));
    // The last is gone by the time that there is something to write.
    rmSync(path.join(folder, 'c.glb'));
    const written = await publishTo(filesPublisher(files, { kind: 'in-place' }, folder), made);
    expect(written).toEqual([
      { path: 'a.glb', output: null, kind: 'changed' },
      { path: 'b.glb', output: 'b.glb', kind: 'optimized' },
      { path: 'c.glb', output: null, kind: 'changed' },
    ]);
    expect([read('a.glb'), read('b.glb')]).toEqual(['newer', 'new']);
    expect(readdirSync(folder)).toEqual(['a.glb', 'b.glb']);
  });

  it('replace the file behind a symlink, not the symlink', async () => {
    write({ 'real.glb': 'old' });
    symlinkSync('real.glb', path.join(folder, 'a.glb'));
    await publish({ kind: 'in-place' }, [{ name: 'a.glb', verdict: 'improved', after: 'new' }]);
    expect([read('real.glb'), read('a.glb')]).toEqual(['new', 'new']);
  });

  it('are copies of the sources where nothing was won and an output was named; nothing of refused ones', async () => {
    write({ 'in/x/a.glb': 'bytes as they were', 'in/b.glb': 'broken' });
    const assets = [
      { name: 'in/x/a.glb', verdict: 'unchanged' as const },
      { name: 'in/b.glb', verdict: 'refused' as const },
    ];
    const written = await publish({ kind: 'folder', place: path.join(folder, 'out') }, assets, 'in');
    expect(written.map((file) => [file.kind, file.output])).toEqual([
      ['nothing', null],
      ['copied', 'out/x/a.glb'],
    ]);
    expect(read('out/x/a.glb')).toBe('bytes as they were');
  });

  it('take the external files along that they need', async () => {
    write({ 'in/a.glb': 'old', 'in/maps/t.png': 'picture' });
    const assets = [
      { name: 'in/a.glb', verdict: 'improved' as const, after: 'new', siblings: { 'maps/t.png': 'picture' } },
    ];
    const output = { kind: 'file', place: path.join(folder, 'web/b.glb') } as const;
    await publish(output, assets);
    expect([read('web/b.glb'), read('web/maps/t.png')]).toEqual(['new', 'picture']);
    write({ 'web/maps/t.png': 'another picture' });
    await expect(publish(output, assets)).rejects.toMatchObject({ code: 'USAGE' });
    expect(read('web/maps/t.png')).toBe('another picture');
  });

  it('never meet in one place, nor overwrite a source unasked', async () => {
    write({ 'x/a.glb': '', 'y/a.glb': '' });
    const files = await find('x/a.glb', 'y/a.glb');
    const folderOutput = { kind: 'folder', place: path.join(folder, 'out') } as const;
    await expect(checkOutput(files, folderOutput)).rejects.toMatchObject({ code: 'USAGE' });
    const one = await find('x/a.glb');
    const same = { kind: 'file', place: path.join(folder, 'x/a.glb') } as const;
    await expect(checkOutput(one, same)).rejects.toThrow(/--in-place/);
  });
});

describe('a report in a folder', () => {
  const proposal: Proposal = {
    job: FILES_JOB,
    report: emptyReport(),
    files: [],
    commitMessage: '',
    images: [{ name: 'images/a.webp', content: contentOf(text('picture')) }],
    models: [],
  };

  it('is four things that can be read back', async () => {
    await folderPublisher(path.join(folder, 'new/out'), async () => '<html>').publish(proposal);
    expect(readdirSync(path.join(folder, 'new/out')).sort()).toEqual([
      'comment.md',
      'images',
      'report.html',
      'report.json',
    ]);
    expect(readReport(read('new/out/report.json'))).toEqual(proposal.report);
    expect(read('new/out/comment.md')).toBe(commentOf(proposal.report));
    expect(read('new/out/images/a.webp')).toBe('picture');
  });

  it.each(['../a.webp', 'images/../../a.webp', 'a.webp', 'images'])('takes no picture called %s', async (name) => {
    const images = [{ name, content: contentOf(text('picture')) }];
    const out = path.join(folder, 'out');
    const publishing = folderPublisher(out, () => '<html>').publish({ ...proposal, images });
    await expect(publishing).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});
