/** The GitHub side of the service: its App, the homes and handlers of its jobs, webhooks, `/setup` and the sweeps. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { ArtifactStore, NewJob } from '../../src/index.ts';
import { gitHubPlace } from '../github/access.ts';
import { type AppHolder, openAppHolder } from '../github/bot/app-holder.ts';
import { announcing, type Enqueue, type GitHubParts, gitHubHandlers, gitHubHomes } from '../github/bot/jobs.ts';
import { mountSetup } from '../github/bot/setup.ts';
import { newSweep } from '../github/bot/sweep.ts';
import { mountWebhooks, WEBHOOK_PATH } from '../github/bot/webhooks.ts';
import { onTopOfFiles } from '../github/notes.ts';
import { linkedPictures, type PictureHome } from '../github/pictures.ts';
import { openSignIn } from '../github/sign-in.ts';
import type { Log } from '../log.ts';
import type { ServiceSettings } from '../settings/service.ts';
import { artifactLinks } from '../web/links.ts';
import type { Meter } from '../web/metrics.ts';
import { openSealer } from '../web/seal.ts';
import type { PeopleParts } from './rooms.ts';
import { openSecret } from './secret.ts';
import type { Accept, RoomBase, ServiceRoom } from './service.ts';
import type { Mount } from './web.ts';

/** What the service gets from here. */
export interface GitHubRoom {
  readonly holder: AppHolder;
  /** For the rooms that people open. */
  readonly people: PeopleParts;
  /** For `startService`. */
  readonly room: (base: RoomBase) => ServiceRoom;
  /** For `startWeb`. */
  readonly mount: Mount;
  /** Sweeps now and on a schedule. */
  start(accept: Accept): void;
  stop(): void;
}

const DELIVERIES_EVERY_MS = 5 * 60_000;
const PULLS_EVERY_MS = 60 * 60_000;

/** Opens it; throws `SETTINGS_INVALID` for credentials that cannot be right. */
export async function openGitHubRoom(settings: ServiceSettings, log: Log, meter?: Meter): Promise<GitHubRoom> {
  const place = gitHubPlace(settings.gheHost ?? undefined, settings.gheProtocol);
  const stopping = new AbortController();
  // Only a stand-in speaks HTTP, and it counts nobody's requests.
  const access = { place, isPaced: settings.gheProtocol === 'https', signal: stopping.signal };
  const folder = path.join(settings.dataDir, 'github');
  const scratchFolder = path.join(settings.dataDir, 'scratch');
  await mkdir(scratchFolder, { recursive: true, mode: 0o700 });
  const given = settings.app && { ...settings.app, ...(settings.client && { client: settings.client }) };
  const holder = await openAppHolder(given, folder, access);
  const client = () => settings.client ?? holder.credentials()?.client ?? null;
  const onTrouble = (what: string) => log('warn', 'GitHub', { what });
  const timers: NodeJS.Timeout[] = [];
  let enqueue: Enqueue | undefined;
  return {
    holder,
    people: {
      hasApp: () => holder.credentials() !== null,
      signIn: openSignIn(place, client, access),
      serverUrl: place.serverUrl,
    },
    room({ accept, board, notes, artifacts }) {
      const base: GitHubParts = {
        app: () => holder.app(),
        notes: onTopOfFiles(notes, path.join(folder, 'notes')),
        board,
        enqueue: accept,
        scratchFolder,
        gitPath: settings.environment.PATH ?? '',
        pictures: settings.pictures === 'server' ? serverPictures(settings, artifacts) : settings.pictures,
        reportUrl: (reviewId) =>
          settings.publicUrl === null ? undefined : `${settings.publicUrl}/compare/${reviewId}`,
        now: () => Date.now(),
        onTrouble,
      };
      enqueue = announcing(base, stopping.signal);
      const parts = { ...base, enqueue };
      return {
        openGitHubHome: gitHubHomes(parts),
        handlers: (review) => gitHubHandlers(parts, review),
      };
    },
    mount(web, service) {
      mountWebhooks(web, {
        credentials: () => holder.credentials(),
        apiUrl: place.apiUrl,
        // The room is there before the web listens.
        enqueue: (jobs) => (enqueue ?? service.accept)(jobs),
        onWebhook({ outcome, ...seen }) {
          // What is refused may name any event: it would fill the memory with names.
          meter?.webhook(outcome === 'refused' ? 'refused' : seen.event, outcome);
          log(outcome === 'failed' || outcome === 'refused' ? 'warn' : 'debug', `webhook ${outcome}`, seen);
        },
      });
      const setup = mountSetup(web, {
        place,
        publicUrl: settings.publicUrl,
        isRegistered: () => holder.credentials() !== null,
        store: (credentials) => holder.store(credentials),
        onTrouble,
      });
      if (holder.credentials() === null) {
        const base = settings.publicUrl ?? `http://localhost:${settings.port}`;
        log('info', `no GitHub App yet: open ${base}/setup?token=${setup.token}`, { webhooks: WEBHOOK_PATH });
      }
    },
    start(accept) {
      const ask = (job: NewJob) =>
        accept([job]).catch((thrown: unknown) => onTrouble(`sweep: ${thrown instanceof Error ? thrown.message : ''}`));
      const sweep = (occasion: string, isDeep: boolean) => {
        if (holder.app() !== null) void ask(newSweep(occasion, isDeep));
      };
      // Whatever came while nobody listened.
      const start = `start-${Date.now()}`;
      for (const [everyMs, isDeep] of [
        [DELIVERIES_EVERY_MS, false],
        [PULLS_EVERY_MS, true],
      ] as const) {
        sweep(start, isDeep);
        const again = () => sweep(String(Math.floor(Date.now() / everyMs)), isDeep);
        timers.push(setInterval(again, everyMs).unref());
      }
    },
    stop() {
      for (const timer of timers) clearInterval(timer);
      holder.close();
      stopping.abort();
    },
  };
}

const DAY_MS = 86_400_000;

/** As long as the artifacts themselves. */
function serverPictures(settings: ServiceSettings, artifacts: ArtifactStore): PictureHome {
  const links = openSecret(settings).then((secret) => artifactLinks(openSealer(secret), () => Date.now()));
  // Whoever needs it hears of it.
  links.catch(() => {});
  const keptMs = settings.artifactDays * DAY_MS;
  return linkedPictures(
    artifacts,
    async (digest, name) => `${settings.publicUrl}${(await links).to(digest, name, keptMs)}`,
  );
}
