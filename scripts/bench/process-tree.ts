/** A command and all processes that it starts, as Linux counts them; elsewhere, and in the end, only the command itself is known. */
import { readFileSync } from 'node:fs';
import { usageOf } from '../../app/sandbox/usage.ts';

const LOOK_EVERY_MS = 20;
// [man 7 time, USER_HZ] The same on every Linux.
const MS_PER_TICK = 10;

/**
 * Runs `"$@"` and leaves behind what the shell's children took. The shell waits for all of them, and each waits for its own,
 * so that nothing is lost but what was killed without being buried.
 */
export const COUNTING_SHELL = [
  'sh',
  '-c',
  '"$@"; code=$?; read -r line < /proc/$$/stat; echo "$line" > "$BENCH_TREE_FILE"; exit $code',
  'sh',
];

/** User and system time of the shell's children, from what it left. */
export function cpuMsOf(statFile: string): number {
  const text = readFileSync(statFile, 'latin1');
  // The second field is a name in brackets; 16 and 17 are the times of children.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * MS_PER_TICK;
}

/** User and system time of a process that runs and of its descendants; not a number where Linux does not tell. */
export function cpuMsSoFar(pid: number | undefined): number {
  if (pid === undefined || process.platform !== 'linux') return Number.NaN;
  const ofEach = treeOf(pid).map((one) => {
    try {
      const text = readFileSync(`/proc/${one}/stat`, 'latin1');
      // 14 to 17 of `man 5 proc`: its own times, and those of children that it buried.
      const fields = text
        .slice(text.lastIndexOf(')') + 2)
        .split(' ')
        .slice(11, 15);
      return fields.reduce((ticks, field) => ticks + Number(field), 0) * MS_PER_TICK;
    } catch {
      return 0; // it ended meanwhile: its parent has its times
    }
  });
  return ofEach.reduce((total, ms) => total + ms, 0);
}

/** Looks at the memory of a process and its descendants together until it is stopped; gives the most that was seen. */
export function watchMemory(pid: number): { readonly stop: () => number } {
  let peakBytes = 0;
  let isLooking = false;
  const look = async () => {
    const usages = await Promise.all(treeOf(pid).map(usageOf));
    const bytes = usages.reduce((total, usage) => total + (usage?.memoryByteLength ?? 0), 0);
    peakBytes = Math.max(peakBytes, bytes);
  };
  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    void look().finally(() => {
      isLooking = false;
    });
  }, LOOK_EVERY_MS);
  return {
    stop: () => {
      clearInterval(timer);
      return peakBytes;
    },
  };
}

function treeOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim();
    return [pid, ...(text === '' ? [] : text.split(' ').flatMap((child) => treeOf(Number(child))))];
  } catch {
    return [];
  }
}
