import { describe } from 'vitest';
import { DATABASES } from '../../doubles/ledgers.ts';
import { skipped } from '../../doubles/servers.ts';
import { jobLedgerContract } from '../../ports/job-ledger.contract.ts';
import { reportStoreContract } from '../../ports/report-store.contract.ts';

for (const [name, why, start] of DATABASES) {
  describe.skipIf(skipped(why))(name, () => {
    jobLedgerContract(name, start);
    reportStoreContract(name, start);
  });
}
