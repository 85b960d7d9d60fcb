/** The running product with real jobs and a studio's history: what the pictures of the service show. */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { UploadAccepted } from '../../src/index.ts';
import { asset, ended, send, startServer, type WebServer } from '../../test/e2e/web-server.ts';
import { fillLedger } from '../bench/fill-ledger.ts';
import { studioHistory } from './history.ts';

/** The server, and the job that is compared. */
export interface Product extends AsyncDisposable {
  readonly server: WebServer;
  readonly jobId: string;
}

// The newest entry of the history is so old: real jobs stand above it.
const HISTORY_ENDS_MS = 40 * 60_000;

/** Starts it, and waits until two models are optimized. */
export async function startProduct(): Promise<Product> {
  const server = await startServer({ isDrawn: true });
  const database = new DatabaseSync(path.join(server.folder, 'ledger.sqlite'), { timeout: 5000 });
  fillLedger(database, studioHistory(Date.now() - HISTORY_ENDS_MS));
  database.close();
  const files = ['materials-variants-shoe.glb', 'kaykit-knight.glb'];
  const bytes = await Promise.all(files.map((name) => asset(name)));
  const answer = await send(
    server.url,
    bytes.map((one, at) => [['shoe.glb', 'knight.glb'][at] ?? '', one] as const),
  );
  const { id }: UploadAccepted = await answer.json();
  await ended(server.url, id, 600_000);
  return { server, jobId: id, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
