/** Where a number was measured: without that it says nothing. */
import { cpus, loadavg, totalmem } from 'node:os';
import { formatBytes } from '../../src/units.ts';
import { TOOL } from '../../src/version.ts';

/** Versions, processors, memory, what else ran, and the day; one line. */
export function describeMachine(now: Date): string {
  const [processor] = cpus();
  return [
    `${TOOL.name} ${TOOL.version}`,
    `Node ${process.versions.node}`,
    `${process.platform} ${process.arch}`,
    `${cpus().length} × ${processor?.model.trim() ?? 'processor'}`,
    `${formatBytes(totalmem())} of memory`,
    `load ${(loadavg()[0] ?? 0).toFixed(1)} at the start`,
    now.toISOString().slice(0, 10),
  ].join(', ');
}
