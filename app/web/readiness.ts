/** What `/health/ready` answers: each part of the service says how it is. */
import { TOOL } from '../../src/index.ts';

/** One tier of the broker. `off` is not set up, and why; `down` is left until it is well again. */
export interface TierHealth {
  readonly name: 'redis' | 'database' | 'inline';
  readonly state: 'active' | 'standby' | 'down' | 'off';
  /** ISO 8601. */
  readonly since: string;
  readonly lastError: string | null;
}

/** The broker as a whole. */
export interface BrokerHealth {
  readonly active: TierHealth['name'];
  /** Why no better one. */
  readonly why: string;
  readonly tiers: readonly TierHealth[];
}

/** A part besides the broker. */
export interface PartHealth {
  readonly state: 'ok' | 'degraded' | 'down' | 'off';
  readonly kind: string;
  readonly lastError: string | null;
  readonly [detail: string]: string | number | boolean | null;
}

/** The body of `/health/ready`. */
export interface Readiness {
  readonly status: 'ready' | 'degraded' | 'unavailable';
  readonly broker: BrokerHealth;
  readonly ledger: PartHealth;
  readonly artifacts: PartHealth;
  readonly renderer: PartHealth;
  readonly github: PartHealth;
  readonly worker: PartHealth;
  readonly version: string;
  readonly uptimeSeconds: number;
}

/** Puts the parts together. Without artifacts, or without ledger and spool, nothing can be accepted: 503. */
export function readinessOf(
  parts: Omit<Readiness, 'status' | 'version' | 'uptimeSeconds'>,
  uptimeSeconds: number,
): Readiness {
  const { ledger, artifacts, broker, renderer, github, worker } = parts;
  const isUnavailable = ledger.state === 'down' || artifacts.state === 'down';
  const isDegraded =
    [ledger, artifacts, renderer, github, worker].some(({ state }) => state === 'degraded' || state === 'down') ||
    broker.tiers.some(({ state }) => state === 'down');
  return {
    status: isUnavailable ? 'unavailable' : isDegraded ? 'degraded' : 'ready',
    ...parts,
    version: TOOL.version,
    uptimeSeconds: Math.round(uptimeSeconds),
  };
}
