/** Asks each part of the service how it is. */
import { messageOf } from '../../src/index.ts';
import { type PartHealth, type Readiness, readinessOf } from '../web/readiness.ts';
import { within } from '../within.ts';
import type { Service } from './service.ts';

// Health must answer although the database does not.
const PING_TIMEOUT_MS = 1000;

/** The body of `/health/ready`. */
export async function readinessOfService(service: Service): Promise<Readiness> {
  const { settings, tiers, worker, renderer, startedMs } = service;
  return readinessOf(
    {
      broker: tiers.state(),
      ledger: await ledgerHealth(service),
      artifacts: await artifactsHealth(service),
      renderer: {
        state: renderer.why === null ? 'ok' : worker === null ? 'off' : 'degraded',
        kind: renderer.name,
        lastError: renderer.why,
        // Null before the first picture; off for root and where the machine has no sandbox for Chrome.
        sandboxed: renderer.isSandboxed(),
      },
      github: {
        state: settings.app === null ? 'off' : 'ok',
        kind: settings.gheHost ?? 'github.com',
        lastError: settings.app === null ? 'no GitHub App is set up: open /setup' : null,
      },
      worker:
        worker === null
          ? { state: 'off', kind: 'none', lastError: null }
          : { state: 'ok', kind: 'here', lastError: null, ...worker.state(), ...(await wallsOf(service)) },
    },
    (Date.now() - startedMs) / 1000,
  );
}

/** What keeps an asset's process in, for those who run the service. */
async function wallsOf(service: Service): Promise<Record<string, boolean>> {
  const { isIsolated, hasNoNewPrivileges, hasKernelLimit } = await service.walls();
  return { isIsolated, hasNoNewPrivileges, hasKernelLimit };
}

/** Down only when nothing can be accepted: while the spool takes jobs, the service is degraded, and no job is lost. */
async function ledgerHealth({ ledger, spool }: Service): Promise<PartHealth> {
  const { waitingCount, downSinceMs } = spool.state();
  const why = await answersWithin(ledger.ping(), PING_TIMEOUT_MS);
  const downSince = downSinceMs === null ? null : new Date(downSinceMs).toISOString();
  return {
    state: why === null ? 'ok' : 'degraded',
    kind: ledger.kind,
    lastError: why,
    spooledCount: waitingCount,
    downSince,
  };
}

async function artifactsHealth({ artifacts, settings }: Service): Promise<PartHealth> {
  const why = await answersWithin(artifacts.put(new TextEncoder().encode('health')), PING_TIMEOUT_MS);
  return {
    state: why === null ? 'ok' : 'down',
    kind: settings.artifactsUrl === null ? 'directory' : 'bucket',
    lastError: why,
  };
}

function answersWithin(question: Promise<unknown>, timeoutMs: number): Promise<string | null> {
  return within(timeoutMs, question).then(() => null, messageOf);
}
