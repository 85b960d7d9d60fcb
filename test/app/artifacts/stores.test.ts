import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { bucketStore, readBucketUrl } from '../../../app/artifacts/bucket.ts';
import { directoryStore } from '../../../app/artifacts/directory.ts';
import { startBucket } from '../../doubles/bucket-server.ts';
import { artifactStoreContract } from '../../ports/artifact-store.contract.ts';

beforeAll(() => {
  // Where the library looks for credentials; the bucket of these tests takes any.
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
});

artifactStoreContract('the directory', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'glb artifacts '));
  return {
    store: directoryStore(folder),
    age: async (ms) => {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        const file = path.join(entry.parentPath, entry.name);
        const then = new Date(statSync(file).mtimeMs - ms);
        if (entry.isFile()) utimesSync(file, then, then);
      }
    },
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
});

describe('the directory', () => {
  it('never loses what is put while it is taken away', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'glb artifacts '));
    const store = directoryStore(folder);
    const bytes = new TextEncoder().encode('wanted again');
    const { digest } = await store.put(bytes);
    const old = new Date(Date.now() - 120_000);
    let lostCount = 0;
    for (let round = 0; round < 400; round++) {
      utimesSync(path.join(folder, digest.slice(0, 2), digest.slice(2, 4), digest), old, old);
      const beforeMs = Date.now() - 60_000;
      await Promise.all([store.put(bytes), round % 2 ? store.forget(digest, beforeMs) : store.expire(60_000)]);
      if ((await store.get(digest)) === undefined) {
        lostCount++;
        await store.put(bytes);
      }
    }
    expect(lostCount).toBe(0);
    rmSync(folder, { recursive: true, force: true });
  });
});

const open = async () => {
  const server = await startBucket('models');
  return { server, store: bucketStore(`s3://models/cache?region=eu-central-1&endpoint=${server.endpoint}`) };
};

artifactStoreContract('the bucket', async () => {
  const { server, store } = await open();
  return {
    store,
    age: async (ms) => {
      for (const one of server.objects.values()) one.modifiedMs -= ms;
    },
    close: async () => {
      expect(server.unsigned).toBe(0);
      await server.close();
    },
  };
});

describe('the bucket', () => {
  it('deletes only what is ours, whatever else lies there', async () => {
    const { server, store } = await open();
    server.objects.set('cache/notes.txt', { bytes: Buffer.from('mine'), modifiedMs: 0 });
    server.objects.set(`other/${'a'.repeat(64)}`, { bytes: Buffer.from('theirs'), modifiedMs: 0 });
    for (let at = 0; at < 5; at++) await store.put(new TextEncoder().encode(`artifact ${at}`));
    for (const one of server.objects.values()) one.modifiedMs = 0;
    expect(await store.expire(1000)).toBe(5);
    expect([...server.objects.keys()].sort()).toEqual(['cache/notes.txt', `other/${'a'.repeat(64)}`]);
    await server.close();
  });

  it('tries again when the bucket says to slow down, and says where it failed', async () => {
    const { server, store } = await open();
    server.failNext = 2;
    const bytes = new TextEncoder().encode('patience');
    const { digest } = await store.put(bytes);
    expect(await store.get(digest)).toEqual(bytes);
    await server.close();
    await expect(store.put(bytes)).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: expect.stringContaining('s3://models'),
    });
  });

  it.each([
    ['s3://models', { bucket: 'models', prefix: '', region: 'us-east-1', endpoint: undefined }],
    ['s3://models/a/b/?region=x', { bucket: 'models', prefix: 'a/b/', region: 'x', endpoint: undefined }],
    [
      's3://m?endpoint=https://s3.example.org',
      { bucket: 'm', prefix: '', region: 'us-east-1', endpoint: 'https://s3.example.org' },
    ],
  ])('is where %s says', (url, expected) => {
    expect(readBucketUrl(url)).toEqual(expected);
  });

  it('says what to write in place of an endpoint that is none', () => {
    expect(() => readBucketUrl('s3://m?endpoint=nowhere')).toThrow(/ARTIFACTS_URL.*endpoint=https/);
  });
});
