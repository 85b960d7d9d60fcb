import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findChange } from '../../../app/git/change.ts';
import { open } from '../../doubles/repository.ts';
import { openSource, startBranch } from '../../doubles/sources.ts';

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
    using repository = startBranch();
    repository.git('remote', 'add', 'origin', url);
    expect((await findChange(await open(repository.directory), {})).job.repository).toBe(name);
  });

  it('is called by its folder without a remote', async () => {
    using repository = startBranch();
    const { job } = await findChange(await open(repository.directory), {});
    expect(job.repository).toBe(path.basename(repository.directory));
  });

  it('runs none of its own programs while it is read', async () => {
    using repository = startBranch();
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
