/** The world outside of the queue: it is touched by jobs, and remembers when and how often. */
import { createServer } from 'node:http';

/** What the world saw. */
export interface World {
  readonly url: string;
  /** When each job was begun, each time, in milliseconds. */
  readonly starts: ReadonlyMap<string, readonly number[]>;
  /** When each job had its effect, in milliseconds. */
  readonly effects: ReadonlyMap<string, number>;
  /** How often the ledger took the outcome of each job, by its number there. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** Tries to have one a second time that were refused, as a moved ref refuses them. */
  secondTries(): number;
  close(): void;
}

/** Opens the world. */
export async function openWorld(): Promise<World> {
  const starts = new Map<string, readonly number[]>();
  const effects = new Map<string, number>();
  const tokens = new Map<string, string>();
  const outcomes = new Map<string, number>();
  let secondTries = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { key, token } = JSON.parse(Buffer.concat(chunks).toString()) as {
      readonly key: string;
      readonly token?: string;
    };
    if (request.url === '/start') starts.set(key, [...(starts.get(key) ?? []), Date.now()]);
    else if (request.url === '/done') outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
    else if (!effects.has(key)) {
      effects.set(key, Date.now());
      tokens.set(key, token ?? '');
    } else if (tokens.get(key) !== token) {
      secondTries++;
      response.statusCode = 409;
    }
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    starts,
    effects,
    outcomes,
    secondTries: () => secondTries,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
