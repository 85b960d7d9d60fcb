/** `report.html` as text: what is inside, what is not, and what the browser is told to refuse. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { writeReportHtml } from '../../app/report-html.ts';
import { contentOf, type ReportPage, type StoredGlb, storedGlb } from '../../src/index.ts';
import { reportOf } from '../doubles/reports.ts';
import { boxGlb, glbOf } from '../renderer-fixtures.ts';

const PATH = 'models/box.glb';
const REPORT = reportOf([{ path: PATH, verdict: 'improved' }]);

function pageOf(html: string): ReportPage {
  const json = /<script type="application\/json" id="report-page">(.*?)<\/script>/s.exec(html)?.[1];
  return JSON.parse(json ?? 'null');
}

/** A GLB of a size, whose JSON names an extension. */
function fileOf(byteLength: number, extension = 'NONE'): StoredGlb {
  const json = { asset: { version: '2.0' }, extensionsUsed: [extension] };
  return storedGlb({ bytes: glbOf(json, new Uint8Array(byteLength)), siblings: new Map() });
}

describe('report.html', () => {
  it('carries report, models, siblings and pictures; equal bytes once', async () => {
    const before = boxGlb({ imageUri: 'a b.png' });
    const picture = new Uint8Array([1, 2, 3, 4, 5]);
    const siblings = new Map([['a b.png', picture]]);
    const html = await writeReportHtml(
      REPORT,
      [{ path: PATH, before: storedGlb({ ...before, siblings }), after: storedGlb({ ...before, siblings }) }],
      [{ name: 'images/box.webp', content: contentOf(picture) }],
    );
    const page = pageOf(html);
    expect(page.report).toEqual(REPORT);
    const [pair] = page.pairs;
    if (pair?.before.kind !== 'embedded') throw new Error('the original is not there');
    expect(pair.after).toEqual(pair.before);
    const [[uri, sibling] = []] = pair.before.siblings;
    expect([uri, sibling]).toEqual(['a b.png', page.images[0]?.[1]]);
    const block = (id: string | undefined) => html.split(`id="${id}">`)[1]?.split('<')[0] ?? '';
    expect(Buffer.from(block(pair.before.block), 'base64')).toEqual(Buffer.from(before.bytes));
    expect(block(sibling)).toBe('AQIDBAU=');
    expect(html.split('AQIDBAU=').length).toBe(2);
  });

  it('allows its own script and style by hash, and no network', async () => {
    const html = await writeReportHtml(REPORT, [{ path: PATH, before: storedGlb(boxGlb()), after: null }], []);
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '';
    const script = /<script type="module" async>(.*?)<\/script>/s.exec(html)?.[1] ?? '';
    const style = /<style>(.*?)<\/style>/s.exec(html)?.[1] ?? '';
    for (const text of [script, style]) {
      expect(text.length).toBeGreaterThan(1000);
      expect(policy).toContain(`'sha256-${createHash('sha256').update(text).digest('base64')}'`);
    }
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/https?:|\*|unsafe-inline|'unsafe-eval'/);
    expect(html).not.toMatch(/<(script|link|img)[^>]+(src|href)="(?!data:)/);
  });

  it('carries a decoder only for a file that needs it, and the right to make functions only with Basis', async () => {
    const stageWith = async (extension: string) => {
      const html = await writeReportHtml(REPORT, [{ path: PATH, before: fileOf(10, extension), after: null }], []);
      const { stage } = pageOf(html);
      if (stage.kind !== 'embedded') throw new Error('the scene is not in the page');
      const { dracoScript, dracoWasm, basisScript, basisWasm } = stage;
      const has = (...blocks: readonly (string | null)[]) => blocks.every((block) => block !== null);
      const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '';
      return {
        draco: has(dracoScript, dracoWasm),
        basis: has(basisScript, basisWasm),
        eval: policy.includes("'unsafe-eval'"),
      };
    };
    expect(await stageWith('NONE')).toEqual({ draco: false, basis: false, eval: false });
    expect(await stageWith('KHR_draco_mesh_compression')).toEqual({ draco: true, basis: false, eval: false });
    expect(await stageWith('KHR_texture_basisu')).toEqual({ draco: false, basis: true, eval: true });
  });

  it('leaves out the largest originals first when it would become too large', async () => {
    const model = (path: string, before: number, after: number) => ({
      path,
      before: fileOf(before),
      after: fileOf(after),
    });
    const models = [model('large.glb', 9000, 3000), model('small.glb', 2000, 1000)];
    const kept = async (limitBytes: number) =>
      pageOf(await writeReportHtml(REPORT, models, [], limitBytes)).pairs.map((pair) => [
        pair.before.kind,
        pair.after?.kind,
      ]);
    expect(await kept(100_000)).toEqual([
      ['embedded', 'embedded'],
      ['embedded', 'embedded'],
    ]);
    expect(await kept(10_000)).toEqual([
      ['left-out', 'embedded'],
      ['embedded', 'embedded'],
    ]);
    expect(await kept(3000)).toEqual([
      ['left-out', 'left-out'],
      ['left-out', 'embedded'],
    ]);
  });

  it('lets no name end its element', async () => {
    const path = '</script><script>alert(1)</script><!--<script>.glb';
    const html = await writeReportHtml(reportOf([{ path, verdict: 'refused' }]), [], []);
    expect(html).not.toContain('alert(1)</script>');
    expect(pageOf(html).report.assets[0]?.path).toBe(path);
  });
});
