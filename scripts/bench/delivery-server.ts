/** A server for signed deliveries, as a process of its own: `ours` commits a row before it answers, `probot` is a bare Probot. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Probot, Server } from 'probot';
import { openLog } from '../../app/log.ts';
import { startService } from '../../app/main/service.ts';
import { startWeb } from '../../app/main/web.ts';
import { readServiceSettings } from '../../app/settings/service.ts';

const [kind = 'ours', port = '0', secret = '', databaseUrl = '', privateKey = ''] = process.argv.slice(2);

if (kind === 'probot') {
  const server = new Server({
    port: Number(port),
    host: '127.0.0.1',
    Probot: Probot.defaults({ appId: 1, privateKey, secret, logLevel: 'fatal' }),
    loggingOptions: { level: 'fatal' },
  });
  await server.load((app) => {
    app.on('pull_request', async () => {});
  });
  await server.start();
} else {
  const settings = readServiceSettings({
    PORT: port,
    DATABASE_URL: databaseUrl,
    DATA_DIR: mkdtempSync(path.join(tmpdir(), 'glb-bench-web-')),
  });
  const service = await startService(
    settings,
    { web: true, worker: false },
    openLog('error', (line) => process.stderr.write(line)),
  );
  await startWeb(service, [
    (web) =>
      web.post('/api/github/webhooks', async (context) => {
        const body = Buffer.from(await context.req.arrayBuffer());
        const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
        const given = Buffer.from(context.req.header('x-hub-signature-256') ?? '');
        if (given.length !== expected.length || !timingSafeEqual(given, expected))
          return context.text('bad signature', 400);
        const { pull_request: pull, repository } = JSON.parse(body.toString()) as {
          pull_request: { number: number; head: { sha: string } };
          repository: { full_name: string };
        };
        const job = {
          kind: 'pull-request',
          repository: repository.full_name,
          baseCommit: null,
          headCommit: pull.head.sha,
          branch: null,
        };
        await service.accept([
          {
            kind: 'review',
            key: context.req.header('x-github-delivery') ?? '',
            lane: null,
            group: repository.full_name,
            priority: 0,
            payload: { job },
          },
        ]);
        return context.text('accepted', 202);
      }),
  ]);
}
process.stdout.write('ready\n');
