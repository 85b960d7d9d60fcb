/** How much a process in the sandbox may ask for: the desk is this side's, and keeps what it gave. */
import { expect, it } from 'vitest';
import { openDesk } from '../../../app/sandbox/desk.ts';
import { flatColour } from '../../doubles/memory.ts';

it('gives no more files than an asset, and what it is compared with, may have beside them', async () => {
  const readSibling = async () => ({ kind: 'bytes', bytes: new Uint8Array(150_000) }) as const;
  const files = { asset: { bytes: new Uint8Array(12), readSibling } };
  await using desk = openDesk(files, flatColour(), 200_000, new AbortController().signal);
  const ask = (uri: string) => desk.answer({ kind: 'ask', id: 0, ask: 'sibling', of: 'asset', uri }, []);
  expect((await ask('a.bin')).parts).toHaveLength(1);
  expect((await ask('b.bin')).parts).toHaveLength(1);
  await expect(ask('c.bin')).rejects.toThrow('asks for more files than an asset may have');
  expect([...desk.asset.siblings.keys()]).toEqual(['a.bin', 'b.bin']);
});
