/** The tiers that the settings allow, from the best to the one that is always there. */
import { bullDispatcher } from '../dispatch/bullmq.ts';
import { inlineDispatcher } from '../dispatch/inline.ts';
import { notifyDispatcher } from '../dispatch/notify.ts';
import type { Tier } from '../dispatch/tiers.ts';
import type { OpenLedger } from '../ledger/open.ts';
import type { ServiceSettings } from '../settings/service.ts';

/** Redis, database, inline. */
export function tiersOf({ redisUrl, databaseUrl }: ServiceSettings, ledger: OpenLedger): readonly Tier[] {
  const never = async () => {};
  const redis = redisUrl === null ? null : bullDispatcher(redisUrl);
  return [
    redis === null
      ? { name: 'redis', dispatcher: null, probe: never, offWhy: 'REDIS_URL is not set' }
      : { name: 'redis', dispatcher: redis, probe: redis.probe },
    databaseUrl === null
      ? { name: 'database', dispatcher: null, probe: never, offWhy: 'DATABASE_URL is not set' }
      : { name: 'database', dispatcher: notifyDispatcher(databaseUrl), probe: ledger.ping },
    { name: 'inline', dispatcher: inlineDispatcher(), probe: never },
  ];
}
