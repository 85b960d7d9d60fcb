/** The rooms of the web that people open: pages, uploads, jobs, artifacts, numbers, sign-in. */
import type { Hono } from 'hono';
import { messageOf } from '../../src/index.ts';
import { WEBHOOK_PATH } from '../github/bot/webhooks.ts';
import type { GitHubSignIn } from '../github/sign-in.ts';
import { withLogFields } from '../log.ts';
import { findViewerDirectory } from '../renderer/page-server.ts';
import { openAccess } from '../web/access.ts';
import { mountArtifacts } from '../web/artifacts.ts';
import { mountGuards } from '../web/guards.ts';
import { findJob, mountJobs } from '../web/jobs.ts';
import { artifactLinks } from '../web/links.ts';
import { type Meter, mountMetrics } from '../web/metrics.ts';
import { mountPages } from '../web/pages.ts';
import { openSealer } from '../web/seal.ts';
import { mountSignIn } from '../web/sign-in.ts';
import { mountStats } from '../web/stats.ts';
import { openThrottle } from '../web/throttle.ts';
import { mountUploads } from '../web/uploads.ts';
import { openSecret } from './secret.ts';
import type { Service } from './service.ts';

/** What the rooms need of GitHub. */
export interface PeopleParts {
  /** Whether an App is set up: then nobody is let in for being on this machine. */
  readonly hasApp: () => boolean;
  readonly signIn: GitHubSignIn;
  /** `https://github.com`. */
  readonly serverUrl: string;
}

const now = () => Date.now();
const MINUTE_MS = 60_000;
const UPLOADS = Object.freeze({ perWindow: 120, windowMs: 60 * MINUTE_MS, atOnce: 4, atOnceForAll: 16 });
const STREAMS = Object.freeze({ perWindow: 6000, windowMs: 60 * MINUTE_MS, atOnce: 100, atOnceForAll: 1000 });
const GUESSES = Object.freeze({ perWindow: 10, windowMs: MINUTE_MS, atOnce: 2, atOnceForAll: 2 });

/** Mounts them; guards first, so before any other room. */
export async function openRooms(service: Service, people: PeopleParts, meter: Meter): Promise<(web: Hono) => void> {
  const { settings, log, ledger, artifacts, tiers } = service;
  const sealer = openSealer(await openSecret(settings));
  const links = artifactLinks(sealer, now);
  const access = openAccess({
    isOpenHere: () => !people.hasApp(),
    adminToken: settings.adminToken,
    publicUrl: settings.publicUrl,
    sealer,
    repositoriesOf: (token) => people.signIn.repositoriesOf(token),
    now,
  });
  const { board, desk, reports } = ledger;
  const views = { board, desk, reports, links, serverUrl: people.serverUrl };
  const needsEval = async (id: string) => {
    const record = await findJob(id, { board, now });
    const review = record && (await reports.read(record.id));
    return JSON.stringify(review?.report.assets ?? []).includes('KHR_texture_basisu');
  };
  return (web) => {
    mountGuards(web, {
      access,
      exempt: [WEBHOOK_PATH],
      inRequest: (ids, work) => withLogFields({ ...ids }, work),
      onFailure: (path, thrown) => log('error', 'a request failed', { path, error: messageOf(thrown) }),
      // What people do, and what went wrong; what their pages ask every few seconds is for who looks closer.
      onAnswered: ({ method, status, ...rest }) =>
        log(status >= 400 || method !== 'GET' ? 'info' : 'debug', 'request', { method, status, ...rest }),
    });
    mountPages(web, { access, folder: findViewerDirectory(), needsEval });
    mountUploads(web, {
      access,
      artifacts,
      accept: service.accept,
      throttle: openThrottle(UPLOADS, now),
      limitBytes: settings.uploadLimitBytes,
      keptMs: settings.uploadKeptMs,
      now,
      onUpload(seen) {
        meter.bytes('in', seen.byteLength);
        log('info', 'upload', { ...seen });
      },
    });
    mountJobs(web, {
      ...views,
      access,
      artifacts,
      ring: (id) => tiers.ring([id]),
      throttle: openThrottle(STREAMS, now),
      now,
    });
    mountArtifacts(web, { access, artifacts, links, onServed: (byteLength) => meter.bytes('out', byteLength) });
    mountMetrics(web, {
      access,
      meter,
      board,
      reports,
      tiers: () => tiers.state().tiers,
      spooledCount: () => service.spool.state().waitingCount,
    });
    mountStats(web, {
      ...views,
      access,
      broker: () => {
        const { active, tiers: all } = tiers.state();
        return { active, tiers: all };
      },
      now,
    });
    mountSignIn(web, {
      access,
      adminToken: settings.adminToken,
      sealer,
      authorizeUrl: (ask) => people.signIn.authorizeUrl(ask),
      async personOf(answer) {
        const token = await people.signIn.trade(answer);
        return { token, login: await people.signIn.loginOf(token) };
      },
      throttle: openThrottle(GUESSES, now),
      now,
      onTrouble: (what) => log('warn', 'sign-in failed', { what }),
    });
  };
}
