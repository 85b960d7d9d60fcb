/** What stands around a child process, as far as the machine has it: namespaces, no new privileges, limits of the kernel. */
import { spawn } from 'node:child_process';
import type { SandboxLimits } from './watch.ts';

/** What the kernel keeps a child from, for health pages. */
export interface Walls {
  /** The child sees neither network nor other processes. */
  readonly isIsolated: boolean;
  /** Set-uid programs give it nothing, and root has no capability. */
  readonly hasNoNewPrivileges: boolean;
  /** The kernel bounds its memory besides us. */
  readonly hasKernelLimit: boolean;
  /** Programs and arguments that stand before the child's own command line. */
  readonly prefix: readonly string[];
}

// What Node has mapped writable before it does anything: 705 MB with Node 24, most of it never touched.
const IDLE_DATA_BYTES = 1024 * 2 ** 20;

/** The strongest walls of this machine around processes that keep to these limits. */
export function wallsFor({ memoryByteLength, cpuMs }: SandboxLimits): Promise<Walls> {
  return findWalls(memoryByteLength + IDLE_DATA_BYTES, Math.ceil((cpuMs * 2) / 1000) + 60);
}

const NONE: Walls = { isIsolated: false, hasNoNewPrivileges: false, hasKernelLimit: false, prefix: [] };

/** Finds the strongest walls that stand on this machine. `dataByteLength` and `cpuS` are what the kernel gives a process at most. */
export async function findWalls(dataByteLength: number, cpuS: number): Promise<Walls> {
  if (process.platform !== 'linux') return NONE;
  const isRoot = process.getuid?.() === 0;
  // --kill-child: whoever kills the outer process kills the inner one, and with it its whole namespace.
  const apart = ['unshare', '--kill-child', '--fork', '--pid', '--mount-proc', '--net', '--ipc'];
  const namespaces = isRoot ? apart : [...apart, '--user', '--map-current-user'];
  const plain = ['setpriv', '--no-new-privs'];
  const stripped = [...plain, '--bounding-set=-all', '--inh-caps=-all'];
  // Private writable memory, which a process really uses; its address space says nothing, as WebAssembly reserves terabytes.
  const limits = ['prlimit', `--data=${dataByteLength}`, `--cpu=${cpuS}`, '--core=0', '--nofile=256'];
  for (const outer of [namespaces, []]) {
    for (const privileges of [stripped, plain, []]) {
      for (const kernel of [limits, []]) {
        const prefix = [...outer, ...privileges, ...kernel];
        if (prefix.length > 0 && !(await runs([...prefix, 'true']))) continue;
        return {
          isIsolated: outer.length > 0,
          hasNoNewPrivileges: privileges.length > 0,
          hasKernelLimit: kernel.length > 0,
          prefix,
        };
      }
    }
  }
  return NONE;
}

function runs([program = '', ...words]: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    // As the child itself will be started: without a PATH, programs are looked for in /bin and /usr/bin.
    const child = spawn(program, words, { stdio: 'ignore', env: {}, timeout: 5000 });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}
