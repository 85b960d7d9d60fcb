/** What the tag holds, and that it runs where nothing else is. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RELEASE_LIMIT_BYTES } from '../../../scripts/package.ts';
import { TOOL } from '../../../src/index.ts';
import { type FetchedRelease, fetchRelease } from '../../actions-runner/release.ts';
import { runStep } from '../../actions-runner/runner.ts';

// A step starts a process; a busy machine takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

let release: FetchedRelease;
beforeAll(async () => {
  release = await fetchRelease();
});
afterAll(() => release?.[Symbol.dispose]());

describe('the release', () => {
  it('holds what the tag needs, and nothing else', () => {
    expect(readdirSync(release.folder).sort()).toEqual([
      'LICENSE',
      'README.md',
      'THIRD-PARTY-LICENSES.txt',
      'action.yml',
      'dist',
      'package.json',
    ]);
    expect(readdirSync(path.join(release.folder, 'dist')).sort()).toEqual(['app', 'node_modules', 'viewer']);
    const files = readdirSync(release.folder, { recursive: true, encoding: 'utf8' });
    expect(files.filter((name) => /\.(ts|map|h|tgz)$|(^|\/)(test|src|\.git)(\/|$)/.test(name))).toEqual([]);
  });

  it('weighs less than a runner should wait for', () => {
    expect(release.byteLength).toBeLessThanOrEqual(RELEASE_LIMIT_BYTES);
  });

  it('names the licence of everything that it carries', () => {
    const text = readFileSync(path.join(release.folder, 'THIRD-PARTY-LICENSES.txt'), 'utf8');
    for (const name of [
      'sharp',
      '@img/sharp-libvips-',
      'meshoptimizer',
      'draco3dgltf',
      'gltf-validator',
      'three',
      'zod',
    ]) {
      expect(text, name).toMatch(new RegExp(`^${name}\\S* \\d+\\.\\d+`, 'm'));
    }
    // Each with a text behind it.
    expect(text).toContain('Apache License');
    expect(text).toContain('LGPLv3');
  });

  it('says its first word within two seconds, and answers a merge queue without asking anybody', async () => {
    const payload = {
      action: 'checks_requested',
      merge_group: { head_sha: '1'.repeat(40), base_ref: 'refs/heads/main' },
    };
    const ran = await runStep({ action: release.folder, eventName: 'merge_group', payload, token: 'ghs_0123456789' });
    expect(ran.errorText).toBe('');
    expect(ran.exitCode).toBe(0);
    expect(ran.firstLineMs).toBeLessThan(2000);
    expect(ran.outputs).toMatchObject({ conclusion: 'success', 'commit-sha': '', 'comment-url': '' });
    expect(ran.summary).toContain('merge queue');
    expect(ran.log).toContain(`${TOOL.name} ${TOOL.version}`);
    expect(ran.commands.filter(({ name }) => name === 'add-mask').map(({ message }) => message)).toEqual([
      'ghs_0123456789',
    ]);
  });

  it('names a wrong input and what is allowed, and is red', async () => {
    const ran = await runStep({
      action: release.folder,
      eventName: 'pull_request',
      payload: {},
      token: 'ghs_0123456789',
      with: { mode: 'comit', preset: 'tiny' },
    });
    expect(ran.exitCode).toBe(1);
    expect(ran.commands.filter(({ name }) => name === 'error')).toEqual([
      {
        name: 'error',
        properties: { title: 'Wrong input' },
        message: 'input mode: expected one of commit, report, pull-request, found "comit".',
      },
      {
        name: 'error',
        properties: { title: 'Wrong input' },
        message: 'input preset: expected one of lossless, balanced, small, vram, found "tiny".',
      },
    ]);
  });
});
