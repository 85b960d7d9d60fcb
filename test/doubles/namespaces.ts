/** Machines for tests: network namespaces, each with a loopback of its own and one wire to here. Needs root and `ip`. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A network of its own. */
export interface Namespace {
  /** Stands before a command line that runs in it. */
  readonly prefix: readonly string[];
  /** Our end of the wire: the only address beside its own loopback that it reaches. */
  readonly gateway: string;
  /** Makes a server at our loopback reachable at the gateway, by the same port. */
  open(port: number): Promise<void>;
  /** Cuts the wire and forgets the network. */
  close(): void;
}

const IP = ['/usr/sbin/ip', '/sbin/ip', '/usr/bin/ip'].find((file) => existsSync(file));
const ip = (line: string) => execFileSync(IP ?? 'ip', line.split(' '), { stdio: ['ignore', 'ignore', 'pipe'] });

/** Why tests with namespaces are skipped; undefined where they can be made. */
export const noNamespaces = whyNot();

function whyNot(): string | undefined {
  if (IP === undefined) return 'there is no `ip`, so no network namespace';
  const name = `glb-try-${process.pid}`;
  try {
    ip(`netns add ${name}`);
    ip(`link add ${name.slice(0, 14)} type veth peer name eth0 netns ${name}`);
    return undefined;
  } catch {
    return 'network namespaces cannot be made here (they need root and CAP_NET_ADMIN)';
  } finally {
    try {
      ip(`netns del ${name}`);
    } catch {}
  }
}

/** Makes the network number `at` (0 to 63) of this process. */
export function makeNamespace(at: number): Namespace {
  const name = `glb-${process.pid}-${at}`;
  const wire = `glb${process.pid % 100_000}-${at}`;
  // Private addresses; another run at the same time has another third number.
  const subnet = `10.213.${process.pid % 256}`;
  const [gateway, address] = [`${subnet}.${at * 4 + 1}`, `${subnet}.${at * 4 + 2}`];
  const doors: Server[] = [];
  const sockets = new Set<Socket>();
  ip(`netns add ${name}`);
  ip(`link add ${wire} type veth peer name eth0 netns ${name}`);
  ip(`addr add ${gateway}/30 dev ${wire}`);
  ip(`link set ${wire} up`);
  ip(`-n ${name} addr add ${address}/30 dev eth0`);
  ip(`-n ${name} link set eth0 up`);
  ip(`-n ${name} link set lo up`);
  return {
    prefix: [IP ?? 'ip', 'netns', 'exec', name],
    gateway,
    async open(port) {
      const door = createServer((guest) => {
        const host = connect(port, '127.0.0.1');
        for (const [one, other] of [
          [guest, host],
          [host, guest],
        ] as const) {
          sockets.add(one);
          one.pipe(other);
          one.on('error', () => other.destroy());
          one.on('close', () => {
            sockets.delete(one);
            other.destroy();
          });
        }
      });
      doors.push(door);
      await new Promise<void>((resolve, reject) => {
        door.once('error', reject);
        door.listen(port, gateway, resolve);
      });
    },
    close() {
      for (const door of doors) door.close();
      for (const socket of sockets) socket.destroy();
      ip(`netns del ${name}`);
    },
  };
}
