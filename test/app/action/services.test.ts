/** What a runner offers besides: a browser, artifacts, a cache. All real: Chromium, and the clients that GitHub makes. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openWorkshop, type Workshop } from '../../actions-runner/workshop.ts';

const fox = readFileSync(new URL('../../assets/fox.glb', import.meta.url));

// A step starts a process, a sandbox and perhaps a browser; a busy machine takes its time.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let workshop: Workshop;
beforeAll(async () => {
  workshop = await openWorkshop();
});
afterAll(() => workshop?.[Symbol.asyncDispose]());

describe('a runner with a browser and the services of GitHub', () => {
  it('proves the look, shows pictures, uploads one page, and knows the result again', async () => {
    const shop = await workshop.shop('served', { 'README.md': 'A shop\n' });
    await shop.commit('art', { 'models/fox.glb': fox }, { author: 'ada' });
    const pull = await shop.openPull({ head: 'art', author: 'ada' });
    const payload = await workshop.payloadOf('pull_request', shop);
    const job = shop.job('refs/pull/1/merge', 'refs/heads/main');
    // The cache names entries by their place: both runs are in one.
    const env = { ...job.environment, GITHUB_WORKSPACE: workshop.release.folder, RUNNER_TEMP: workshop.temp };
    const step = { repository: shop, eventName: 'pull_request', payload, env, hasBrowser: true } as const;
    const ran = await workshop.run({ ...step, with: { mode: 'report' } });
    expect(ran.exitCode, ran.log + ran.errorText).toBe(0);
    expect(ran.outputs['optimized-count']).toBe('1');
    const [comment] = pull.comments();
    expect(comment?.body).toMatch(/\/blob\/[0-9a-f]{40}\/pr-1\/[^)"]*comparison\.webp\?raw=true/);
    expect(ran.summary).toContain('comparison.webp?raw=true');
    const artifacts = await job.artifacts();
    expect(artifacts.map(({ name }) => name)).toEqual([`glb-report-pr-1-${pull.headSha.slice(0, 8)}.html`]);
    expect(artifacts[0]?.bytes.subarray(0, 15).toString().toLowerCase()).toBe('<!doctype html>');
    expect(artifacts[0]?.bytes.includes('http-equiv="Content-Security-Policy"')).toBe(true);
    expect(ran.log).toContain('To compare in the browser: ');
    expect(job.cacheKeys()).toHaveLength(1);

    const again = await workshop.run({ ...step, with: { mode: 'report', 'viewer-artifact': 'false' } });
    expect(again.exitCode, again.log).toBe(0);
    expect(again.log).toContain('1 result from the cache');
    const stable = ['saved-bytes', 'saved-percent', 'optimized-count'] as const;
    for (const name of stable) expect(again.outputs[name]).toBe(ran.outputs[name]);
    expect(await job.artifacts()).toHaveLength(1);
    expect(job.cacheKeys()).toHaveLength(1);
  });
});
