/** Two workers that share nothing but a database, a bucket and GitHub, each in a network of its own; one is killed. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLedger } from '../../app/ledger/open.ts';
import { startBucket } from '../doubles/bucket-server.ts';
import { makeNamespace, noNamespaces } from '../doubles/namespaces.ts';
import { noPostgres, skipped, startPostgres } from '../doubles/servers.ts';
import { startGitHub } from '../github-stand-in/github.ts';
import { type AppProcess, startApp, until } from './github-app.ts';
import { model, POLICY } from './models.ts';

const ASSET_COUNT = 100;
// What each lets through before the one is killed: enough to see that both had a share, with most still to do.
const SHARE = 5;
/** Of each worker, by `startApp`. */
const SLOTS = 2;

describe.skipIf(skipped(noPostgres) || skipped(noNamespaces))('two machines', () => {
  it('share 100 assets of one pull request; one is killed with -9, and the other finishes', async () => {
    await using closing = new AsyncDisposableStack();
    const postgres = await startPostgres();
    closing.defer(() => postgres.close());
    const bucket = await startBucket('models');
    closing.defer(() => bucket.close());
    const github = await startGitHub();
    closing.defer(() => github.close());
    const folder = await mkdtemp(path.join(tmpdir(), 'glb-machines-'));
    closing.defer(() => rm(folder, { recursive: true, force: true }));

    const app = github.app();
    app.install('octo');
    const shared = (host: string) => ({
      DATABASE_URL: postgres.url.replace('127.0.0.1', host),
      ARTIFACTS_URL: `s3://models/cache?endpoint=${bucket.endpoint.replace('127.0.0.1', host)}`,
      GHE_HOST: github.host.replace('127.0.0.1', host),
      LEASE_SECONDS: '3',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_EC2_METADATA_DISABLED: 'true',
    });
    const ports = [
      postgres.port,
      ...[bucket.endpoint, `http://${github.host}`].map((url) => Number(new URL(url).port)),
    ];

    const start = async (name: string, role: 'work' | 'web', host: string, prefix: readonly string[] = []) => {
      // Nothing on the disk is shared.
      const started = await startApp(github, app, path.join(folder, name), {
        role: role === 'web' ? 'serve' : 'work',
        words: role === 'web' ? ['--no-worker'] : [],
        prefix,
        environment: shared(host),
      });
      closing.defer(async () => {
        if (started.child.exitCode === null && started.child.signalCode === null) await started.stop('SIGKILL');
      });
      return started;
    };
    const machine = async (at: number) => {
      const network = makeNamespace(at);
      closing.defer(() => network.close());
      for (const port of ports) await network.open(port);
      return start(`machine-${at}`, 'work', network.gateway, network.prefix);
    };
    await start('web', 'web', '127.0.0.1');
    const [one, other] = await Promise.all([machine(0), machine(1)]);

    const repository = await github.repository('octo/shop', { files: { '.github/glb-optimizer.yml': POLICY } });
    const files = Object.fromEntries(Array.from({ length: ASSET_COUNT }, (_, at) => [`props/${at}.glb`, model(at)]));
    await repository.commit('art', files);
    const pull = await repository.openPull({ head: 'art' });

    await until('both to have a share', () => Math.min(assetsOf(one), assetsOf(other)) >= SHARE, 180_000);
    await one.stop('SIGKILL');
    const shareOfOne = assetsOf(one);
    await until('the comment', () => pull.comments().length > 0, 240_000);

    const ours = (await repository.log('art')).filter(({ message }) => message.startsWith('Optimize'));
    expect(ours).toHaveLength(1);
    expect(ours[0]?.message).toContain(`Optimize ${ASSET_COUNT} GLB files`);
    expect(pull.comments()).toHaveLength(1);
    expect(shareOfOne).toBeGreaterThanOrEqual(SHARE);
    expect(shareOfOne).toBeLessThan(ASSET_COUNT - SHARE);
    // One that was under way when it was killed may have been settled a moment before its log said so.
    expect(assetsOf(other)).toBeGreaterThanOrEqual(ASSET_COUNT - shareOfOne - SLOTS);
    const ledger = openLedger({ url: postgres.url }, { leaseMs: 3000, worker: 'test' });
    closing.defer(() => ledger.close());
    const assets = (await ledger.board.list({ kind: 'asset', limit: 1000 })).map(({ state }) => state);
    expect(assets).toEqual(Array.from({ length: ASSET_COUNT }, () => 'done'));
    expect(bucket.unsigned).toBe(0);
  }, 480_000);
});

/** How many assets a process finished, by its log. */
function assetsOf(machine: AppProcess): number {
  const lines = machine.log().split('\n');
  return lines.filter(
    (line) => /"message":"job settled"/.test(line) && /"kind":"asset"/.test(line) && /"outcome":"done"/.test(line),
  ).length;
}
