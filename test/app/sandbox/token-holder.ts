/** A server with a token in its environment and a spare process: it names both, and lives until it is killed. */
import { openSandbox } from '../../../app/sandbox/pool.ts';
import type { Renderer } from '../../../src/index.ts';

const renderer: Renderer = {
  open: async () => ({ kind: 'not-rendered', why: 'nobody looks' }),
  close: async () => {},
};
const sandbox = openSandbox({ spareCount: 1 });
sandbox.openReviewer(renderer);
const timer = setInterval(() => {
  const [pid] = sandbox.pids();
  if (pid === undefined) return;
  clearInterval(timer);
  console.log(JSON.stringify({ own: process.pid, child: pid }));
  setInterval(() => {}, 1000);
}, 20);
