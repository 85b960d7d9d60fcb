import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { tokenAccess } from '../../../app/github/access.ts';
import { type Announced, openAnnouncer } from '../../../app/github/bot/announce.ts';
import type { ReviewJob } from '../../../src/index.ts';

const review = (at: number): Announced => ({
  id: String(at),
  key: `review ${at}`,
  job: { kind: 'pull-request', repository: 'octo/shop', headCommit: String(at).padStart(40, '0') } as ReviewJob,
});

describe('announcing', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  /** An announcer whose GitHub gives these answers. */
  async function open(answer: RequestListener, restMs: number) {
    server = createServer((request, response) => {
      response.setHeader('content-type', 'application/json');
      answer(request, response);
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const place = { apiUrl: `http://127.0.0.1:${port}`, serverUrl: '' };
    const access = tokenAccess('a token', { place, isPaced: false, signal: new AbortController().signal });
    const notes = new Map<string, string>();
    const troubles: string[] = [];
    const announceAll = openAnnouncer(
      {
        notes: {
          read: async (key) => notes.get(key),
          write: async (key, text) => void notes.set(key, text),
          swap: async (key, before, text) => notes.get(key) === before && notes.set(key, text) !== undefined,
        },
        board: { find: async () => undefined, list: async () => [] },
        accessTo: () => access,
        reportUrl: () => undefined,
        onTrouble: (what) => troubles.push(what),
      },
      restMs,
    );
    return { announceAll, notes, troubles };
  }

  it('leaves GitHub alone for as long as it asks to wait, and then goes on', async () => {
    let isLimited = true;
    const asked: string[] = [];
    const made: string[] = [];
    const REST_MS = 100;
    const { announceAll, notes, troubles } = await open((request, response) => {
      asked.push(request.url ?? '');
      if (isLimited) return response.writeHead(429, { 'retry-after': '1' }).end('{}');
      if (request.method !== 'POST') return response.end('{"check_runs":[]}');
      made.push(request.url ?? '');
      return response.writeHead(201).end(`{"id":${made.length}}`);
    }, REST_MS);
    announceAll(Array.from({ length: 12 }, (_, at) => review(at)));
    await expect.poll(() => troubles.length).toBe(4);
    announceAll([review(12)]);
    await new Promise((resolve) => setTimeout(resolve, 6 * REST_MS));
    // Four at once had asked before the first answer came.
    expect(asked).toHaveLength(4);
    isLimited = false;
    await expect.poll(() => made.length, { timeout: 3000 }).toBe(9);
    // What was asked in vain is left to its worker.
    expect([...notes.values()].filter((text) => text === 'none')).toHaveLength(4);
  });

  it('goes on at once when GitHub does not know one commit: a branch was pushed over', async () => {
    const made: string[] = [];
    const { announceAll, troubles } = await open((request, response) => {
      const isGone = request.url?.includes(review(0).job.headCommit ?? '-') ?? false;
      if (isGone) return response.writeHead(422).end('{"message":"No commit found for SHA"}');
      if (request.method !== 'POST') return response.end('{"check_runs":[]}');
      made.push(request.url ?? '');
      return response.writeHead(201).end(`{"id":${made.length}}`);
    }, 60_000);
    announceAll(Array.from({ length: 12 }, (_, at) => review(at)));
    await expect.poll(() => made.length, { timeout: 5000 }).toBe(11);
    expect(troubles).toEqual([expect.stringContaining('No commit found for SHA')]);
  });
});
