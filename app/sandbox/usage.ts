/** What a child process uses, as Linux tells; elsewhere nothing is known. */
import { readFile } from 'node:fs/promises';

/** Of one process. */
export interface Usage {
  /** Bytes in memory. */
  readonly memoryByteLength: number;
  /** Since it started. */
  readonly cpuMs: number;
}

// Linux counts times for user programs in hundredths of a second on every machine. [man 7 time, USER_HZ]
const MS_PER_TICK = 10;

/** Undefined where it cannot be known, or when the process is gone. */
export async function usageOf(pid: number): Promise<Usage | undefined> {
  try {
    const [stat, status] = await Promise.all(
      ['stat', 'status'].map((name) => readFile(`/proc/${pid}/${name}`, 'latin1')),
    );
    // The second field is the program's name in brackets, which may hold anything.
    const fields = (stat ?? '').slice((stat ?? '').lastIndexOf(')') + 2).split(' ');
    const kib = Number(/^VmRSS:\s*(\d+) kB$/m.exec(status ?? '')?.[1]);
    const cpuMs = (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
    return Number.isFinite(kib) && Number.isFinite(cpuMs) ? { memoryByteLength: kib * 1024, cpuMs } : undefined;
  } catch {
    return undefined;
  }
}

/** The one child of a process, which is the inner process where the outer one only holds its namespaces. */
export async function childOf(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'latin1').catch(() => '');
  const child = Number(text.trim().split(' ')[0]);
  return Number.isInteger(child) && child > 0 ? child : undefined;
}
