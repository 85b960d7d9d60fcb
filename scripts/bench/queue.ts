/** `npm run bench:queue [-- --rounds 3 --seconds 8 --jobs 3000]`: deliveries accepted, no-op jobs through each queue, and the start of the service. */
import { parseArgs } from 'node:util';
import { benchQueue } from './queue-tables.ts';

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '3000' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '8' },
  },
});
await benchQueue({ jobs: Number(values.jobs), rounds: Number(values.rounds), seconds: Number(values.seconds) });
