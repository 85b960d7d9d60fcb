/** Runs the service from its start to its end. */
import { BotError, messageOf } from '../../src/index.ts';
import { makeFolder } from '../files/make-folder.ts';
import { openLog } from '../log.ts';
import { redactor } from '../redact.ts';
import { type Environment, readServiceSettings, secretsOf } from '../settings/service.ts';
import { openMeter } from '../web/metrics.ts';
import { openGitHubRoom } from './github.ts';
import { openRooms } from './rooms.ts';
import { openSecret } from './secret.ts';
import { placesOf, type Roles, startService } from './service.ts';
import { startWeb, type WebServer } from './web.ts';

/** What the service is started with. */
export interface RunOptions {
  readonly environment: Environment;
  readonly roles: Roles;
  /** Aborted when the service shall stop. */
  readonly signal: AbortSignal;
  /** The log's lines. */
  readonly write: (line: string) => void;
  readonly isInteractive: boolean;
}

/** Answers when it has stopped; throws `SETTINGS_INVALID` and what keeps it from starting. */
export async function runService({ environment, roles, signal, write, isInteractive }: RunOptions): Promise<void> {
  const settings = readServiceSettings(environment);
  await makeFolder(settings.dataDir, 0o700).catch((cause: unknown) => {
    const hint = 'Name a folder that this user may write to: DATA_DIR=…';
    throw new BotError('SETTINGS_INVALID', `the folder cannot be made: ${messageOf(cause)}.`, {
      at: `DATA_DIR ${settings.dataDir}`,
      hint,
      cause,
    });
  });
  const given = secretsOf(settings);
  // An App that /setup registers, and a secret that we made ourselves, come later.
  let listHeld = (): readonly (string | undefined)[] => [];
  const redact = redactor(() => [...given, ...listHeld()]);
  const log = openLog(settings.logLevel, write, { shape: isInteractive ? 'text' : 'json', redact });
  const meter = openMeter();
  const github = await openGitHubRoom(settings, log, meter);
  const session = await openSecret(settings);
  listHeld = () => {
    const { privateKey, webhookSecret, client } = github.holder.credentials() ?? {};
    return [session, privateKey, webhookSecret, client?.secret];
  };
  const service = await startService(settings, roles, log, { room: github.room, meter });
  const web = await openWeb().catch(async (thrown: unknown) => {
    // A worker without its web server would hold the process, and take work, for ever.
    await service.stop();
    throw thrown;
  });
  if (roles.web) github.start(service.accept);
  const { active, why } = service.tiers.state();
  log('info', web === undefined ? 'working' : `listening on ${settings.publicUrl ?? web.url}`, {
    ...(web === undefined ? {} : { url: web.url }),
    broker: active,
    why,
    ...placesOf(service),
    slots: service.worker?.state().slots ?? 0,
    startMs: Date.now() - service.startedMs,
  });
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  log('info', 'stopping', { active: service.worker?.state().activeCount ?? 0 });
  await web?.close();
  await service.stop();
  github.stop();
  log('info', 'stopped');

  async function openWeb(): Promise<WebServer | undefined> {
    if (!roles.web) return undefined;
    return startWeb(service, [await openRooms(service, github.people, meter), github.mount]);
  }
}
