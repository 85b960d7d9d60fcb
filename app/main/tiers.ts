/** The tiers that the settings allow, from the best to the one that is always there. */
import { inlineDispatcher } from '../dispatch/inline.ts';
import type { Tier } from '../dispatch/tiers.ts';
import type { OpenLedger } from '../ledger/open.ts';
import type { ServiceSettings } from '../settings/service.ts';

/** Redis, database, inline. Libraries are loaded for what is set up, and for nothing else. */
export async function tiersOf(
  { redisUrl, databaseUrl }: ServiceSettings,
  ledger: OpenLedger,
): Promise<readonly Tier[]> {
  const never = async () => {};
  const redis = redisUrl === null ? null : (await import('../dispatch/bullmq.ts')).bullDispatcher(redisUrl);
  const database = databaseUrl === null ? null : (await import('../dispatch/notify.ts')).notifyDispatcher(databaseUrl);
  return [
    redis === null
      ? { name: 'redis', dispatcher: null, probe: never, offWhy: 'REDIS_URL is not set' }
      : { name: 'redis', dispatcher: redis, probe: redis.probe },
    database === null
      ? { name: 'database', dispatcher: null, probe: never, offWhy: 'DATABASE_URL is not set' }
      : { name: 'database', dispatcher: database, probe: ledger.ping },
    { name: 'inline', dispatcher: inlineDispatcher(), probe: never },
  ];
}
