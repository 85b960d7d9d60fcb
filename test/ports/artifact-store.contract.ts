/** What every store of artifacts must do. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ArtifactStore } from '../../src/index.ts';

/** A store, and a way to make all it holds older. */
export interface OpenedStore {
  readonly store: ArtifactStore;
  age(ms: number): Promise<void>;
  close(): Promise<void>;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Runs the contract. */
export function artifactStoreContract(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name} keeps the ArtifactStore contract`, () => {
    let opened: OpenedStore;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened?.close());

    it.each([
      ['nothing', new Uint8Array(0)],
      ['a few bytes', new TextEncoder().encode('glTF')],
      ['two megabytes', new Uint8Array(2_000_000).map((_, at) => (at * 7919) % 251)],
    ])('gives back %s, named by its SHA-256', async (_sentence, bytes) => {
      const put = await opened.store.put(bytes);
      expect(put).toEqual({ digest: sha256(bytes), byteLength: bytes.byteLength });
      expect(await opened.store.put(bytes)).toEqual(put);
      expect(Buffer.from((await opened.store.get(put.digest)) ?? []).equals(bytes)).toBe(true);
    });

    it('takes and gives streams', async () => {
      const chunks = async function* () {
        for (let at = 0; at < 300; at++) yield new Uint8Array(10_000).fill(at);
      };
      const { digest, byteLength } = await opened.store.put(chunks());
      expect(byteLength).toBe(3_000_000);
      const stream = await opened.store.stream(digest);
      const hash = createHash('sha256');
      for await (const chunk of stream?.chunks ?? []) hash.update(chunk);
      expect([stream?.byteLength, hash.digest('hex')]).toEqual([byteLength, digest]);
    });

    it('has nothing under a digest that nobody put, and takes no other name', async () => {
      expect(await opened.store.get('0'.repeat(64))).toBeUndefined();
      expect(await opened.store.stream('0'.repeat(64))).toBeUndefined();
      for (const name of ['../../etc/passwd', 'A'.repeat(64), '', '0'.repeat(63)]) {
        await expect(opened.store.get(name)).rejects.toMatchObject({ code: 'USAGE' });
      }
    });

    it('keeps nothing of a stream that breaks off', async () => {
      const broken = async function* () {
        yield new TextEncoder().encode('half of it');
        throw new Error('the line was cut');
      };
      await expect(opened.store.put(broken())).rejects.toThrow('the line was cut');
      expect(await opened.store.get(sha256(new TextEncoder().encode('half of it')))).toBeUndefined();
    });

    it('forgets what was put long ago, unless it was put again', async () => {
      const [old, used] = ['old', 'used'].map((text) => new TextEncoder().encode(text));
      const { digest: oldDigest } = await opened.store.put(old ?? new Uint8Array());
      const { digest: usedDigest } = await opened.store.put(used ?? new Uint8Array());
      expect(await opened.store.expire(60_000)).toBe(0);
      await opened.age(120_000);
      await opened.store.put(used ?? new Uint8Array());
      expect(await opened.store.expire(60_000)).toBeGreaterThan(0);
      expect(await opened.store.get(oldDigest)).toBeUndefined();
      expect(await opened.store.get(usedDigest)).toEqual(used);
    });

    it('forgets one file, unless it was put again since', async () => {
      const bytes = new TextEncoder().encode('an upload');
      const { digest } = await opened.store.put(bytes);
      await opened.age(60_000);
      expect(await opened.store.forget(digest, Date.now() - 120_000)).toBe(false);
      expect(await opened.store.get(digest)).toEqual(bytes);
      expect(await opened.store.forget(digest, Date.now() - 30_000)).toBe(true);
      expect(await opened.store.get(digest)).toBeUndefined();
      expect(await opened.store.forget(digest, Date.now())).toBe(true);
    });
  });
}
