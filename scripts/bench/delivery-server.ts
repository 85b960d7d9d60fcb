/** A server for signed deliveries, as a process of its own: `ours` is the service's web role as users run it, `probot` is a bare Probot. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Probot, Server } from 'probot';
import { runService } from '../../app/main/run.ts';

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
  process.stdout.write('ready\n');
} else {
  await runService({
    environment: {
      PATH: process.env.PATH,
      PORT: port,
      DATABASE_URL: databaseUrl,
      DATA_DIR: mkdtempSync(path.join(tmpdir(), 'glb-bench-web-')),
      APP_ID: '1',
      PRIVATE_KEY: privateKey,
      WEBHOOK_SECRET: secret,
      // Nobody is there: accepting asks GitHub nothing.
      GHE_HOST: '127.0.0.1:1',
      GHE_PROTOCOL: 'http',
    },
    roles: { web: true, worker: false },
    signal: new AbortController().signal,
    write(line) {
      if (line.includes('listening on')) process.stdout.write('ready\n');
      else if (!line.includes('"level":"info"')) process.stderr.write(line);
    },
    isInteractive: false,
  });
}
