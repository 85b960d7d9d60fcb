/** The secret of sessions and links: the operator's, or one that is made once and kept in the data directory. */
import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BotError } from '../../src/index.ts';
import type { ServiceSettings } from '../settings/service.ts';

/** Gives it; the same in all processes of the data directory. */
export async function openSecret({ sessionSecret, dataDir }: ServiceSettings): Promise<string> {
  if (sessionSecret !== null) return sessionSecret;
  const file = path.join(dataDir, 'session-secret');
  const half = `${file}.${process.pid}.tmp`;
  // Nobody but us, and whole or not at all: two processes may start at once, and one of them is first.
  await writeFile(half, randomBytes(32).toString('hex'), { mode: 0o600, flush: true });
  try {
    await link(half, file).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code !== 'EEXIST') throw thrown;
    });
  } finally {
    await rm(half, { force: true });
  }
  const secret = await readFile(file, 'utf8');
  if (secret.length >= 32) return secret;
  throw new BotError('SETTINGS_INVALID', 'this is no secret.', { at: file, hint: 'Delete it: all sessions end.' });
}
