/** The App that this service is: from the settings, or from what `/setup` stored; known without a restart once it is there. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { BotError, messageOf } from '../../../src/index.ts';
import { type AccessOptions, type GitHubApp, openApp } from '../access.ts';
import { type AppCredentials, checkWebhookSecret } from './webhooks.ts';

/** Holds the App. */
export interface AppHolder {
  credentials(): AppCredentials | null;
  app(): GitHubApp | null;
  /** Stores credentials for this and all other processes of the data folder. */
  store(credentials: AppCredentials): Promise<void>;
  close(): void;
}

const stored = z.object({
  id: z.int().positive(),
  privateKey: z.string(),
  webhookSecret: z.string(),
  client: z.object({ id: z.string(), secret: z.string() }).exactOptional(),
});

// Another process may have run `/setup`.
const LOOK_EVERY_MS = 3000;

/** Opens the holder; throws `SETTINGS_INVALID` for a secret that can be guessed. */
export async function openAppHolder(
  given: AppCredentials | null,
  folder: string,
  access: AccessOptions,
): Promise<AppHolder> {
  const file = path.join(folder, 'github-app.json');
  let credentials: AppCredentials | null = null;
  let app: GitHubApp | null = null;
  const take = (found: AppCredentials): void => {
    checkWebhookSecret(found.webhookSecret);
    credentials = found;
    app = openApp({ appId: found.id, privateKey: found.privateKey }, access);
  };
  const look = async (): Promise<void> => {
    const found = await readStored(file);
    if (found !== undefined && credentials === null) take(found);
  };
  if (given === null) await look();
  else take(given);
  const timer =
    given === null
      ? setInterval(() => {
          if (credentials === null) look().catch(() => {});
        }, LOOK_EVERY_MS)
      : undefined;
  timer?.unref();
  return {
    credentials: () => credentials,
    app: () => app,
    async store(found) {
      checkWebhookSecret(found.webhookSecret);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const half = `${file}.${randomUUID()}.tmp`;
      try {
        // Nobody but us, from the first byte on.
        await writeFile(half, `${JSON.stringify(found, null, 2)}\n`, { mode: 0o600, flag: 'wx', flush: true });
        await rename(half, file);
      } finally {
        await rm(half, { force: true });
      }
      take(found);
    },
    close: () => clearInterval(timer),
  };
}

async function readStored(file: string): Promise<AppCredentials | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw new BotError('SETTINGS_INVALID', `the App's credentials cannot be read: ${messageOf(thrown)}.`, { at: file });
  }
  try {
    return stored.parse(JSON.parse(text));
  } catch {
    // Their text is secret, so the error says nothing of it.
    const hint = 'Delete it and open /setup again.';
    throw new BotError('SETTINGS_INVALID', 'this is not what /setup stored.', { at: file, hint });
  }
}
