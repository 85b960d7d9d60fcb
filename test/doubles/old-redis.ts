/** A real Redis behind a wire that makes it look old: nobody can install Redis 4 any more. */
import { connect, createServer } from 'node:net';

/** Gives the URL of the wire, and its end. */
export async function oldRedis(
  port: number,
  version: string,
): Promise<{ readonly url: string; readonly close: () => void }> {
  const server = createServer((client) => {
    const redis = connect(port, '127.0.0.1');
    client.pipe(redis);
    // The same length, so that the protocol's byte counts stay right.
    redis.on('data', (chunk) => {
      const text = chunk
        .toString('latin1')
        .replace(
          /redis_version:([\d.]+)/,
          (_, real: string) => `redis_version:${version.padEnd(real.length, '0').slice(0, real.length)}`,
        );
      client.write(Buffer.from(text, 'latin1'));
    });
    for (const [one, other] of [
      [client, redis],
      [redis, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `redis://127.0.0.1:${address.port}`, close: () => server.close() };
}
