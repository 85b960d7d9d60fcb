import { describe, expect, it } from 'vitest';
import { renderSummary } from '../../src/report/summary-text.ts';
import { DIFFERENT, makeAsset, makeReport, PROP, REFUSED, SCENE } from './make-report.ts';

const report = makeReport([SCENE, PROP, DIFFERENT, makeAsset(), REFUSED]);

const SUMMARY = `2 of 5 GLB files optimized: 53.1 MB → 4.95 MB (−90.7 %)

GPU memory: 428 MB → 72.0 MB

  ✓  public/models/scifi-level.glb                                 51.9 MB  → 4.43 MB  −91.5 %  looks the same (D 0.62 of 1.5)
  ✓  public/props/Lamp (old) | v2.glb                              1.20 MB  →  520 kB  −56.7 %  barely different (D 1.21 of 1.5)
      error BUDGET_EXCEEDED: triangles: 5,800, the budget is 5,000
  !  public/models/glass.glb                                       1.20 MB                      needs review: no candidate looked the same
      warning VISUAL_DIFFERENCE: D 2.31 in view back, the limit is 1.5
  =  public/models/crate.glb                                       1.20 MB                      unchanged: already optimized by glb-optimizer 0.1.0
  ✗  a|b\`c<img src=x one…#12 [x](http://evil.example) ## h�bl.glb     12 B                      refused: not a GLB: <b>fixes #1</b> @octocat www.evil.example :tada:
      error GLB_NOT_A_GLB: The first four bytes are "PK��".
      error GLTF_INDEX at /meshes/0: accessor 9 | of 3

What your loader needs:
  EXT_meshopt_compression
    import { MeshoptDecoder } from 'three/addons/libs/meshopt_decoder.module.js';
    loader.setMeshoptDecoder(MeshoptDecoder);
`;

describe('renderSummary', () => {
  it('is a table that people can read', () => {
    expect(renderSummary(report, { isCommitted: true, color: false })).toBe(SUMMARY);
  });

  it('is the same text with colours, when they are wanted', () => {
    const colored = renderSummary(report, { isCommitted: true, color: true });
    expect(colored).toContain('\u001B[32m✓\u001B[0m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences are what this test takes off.
    expect(colored.replace(/\u001B\[\d+m/g, '')).toBe(renderSummary(report, { isCommitted: true, color: false }));
  });

  it('lets no escape sequence of a file name through', () => {
    const evil = makeReport([makeAsset({ path: 'a\u001B[2J\u009B31m\rb.glb', why: '\u001B]0;title\u0007' })]);
    expect(renderSummary(evil, { isCommitted: false, color: false })).not.toMatch(/[^\P{Cc}\n]/u);
  });
});
