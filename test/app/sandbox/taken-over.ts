/** A child as an attacker would like it: it does what the asset's path says. */
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { openOutside } from '../../../app/sandbox/outside.ts';
import { inProcessReviewer, loadReviews, writeAnswer } from '../../../src/index.ts';

const RENDERER = { open: async () => ({ kind: 'not-rendered', why: 'nobody looks' }) as const, close: async () => {} };

const outside = openOutside(async (work, { parts }) => {
  if (work.kind !== 'review') return;
  const { assignment } = work;
  const bytes = parts[0] ?? new Uint8Array();
  const honest = () =>
    inProcessReviewer({ renderer: RENDERER, now: () => 0 }).review(
      { ...assignment, bytes },
      {
        readSibling: async () => ({ kind: 'missing' }),
        onStage: () => {},
        signal: new AbortController().signal,
      },
    );
  const say = async (change: (report: Record<string, unknown>) => void, output = bytes.slice(0, -4)) => {
    const { report, output: ours } = await writeAnswer(await honest());
    const changed = { ...(report as Record<string, unknown>) };
    change(changed);
    outside.tell({ kind: 'reviewed', report: changed, hasOutput: true, isProposed: true, hasChangePicture: false }, [
      ours ?? output,
    ]);
  };
  switch (assignment.asset.path) {
    case 'abort.glb':
      return process.abort();
    case 'abort-once.glb':
      await outside.ask({ ask: 'sibling', of: 'asset', uri: 'first?' }).catch(() => process.abort());
      return say(() => {});
    case 'spin.glb':
      for (;;);
    case 'sleep.glb':
      return;
    case 'native-memory.glb': {
      const held: Buffer[] = [];
      for (;;) held.push(Buffer.alloc(16 * 2 ** 20, 1));
    }
    case 'heap.glb': {
      const held: unknown[] = [];
      for (;;) held.push(new Array(1000).fill(held.length));
    }
    case 'garbage.glb':
      process.stdout.write('x');
      outside.tell({ kind: 'stage', stage: 'optimizing', detail: 'x'.repeat(5000) });
      return;
    case 'elsewhere.glb':
      return say((report) => {
        report.path = '../../.github/workflows/own.yml';
        report.images = { comparison: '../../evil.webp' };
        report.sourceBlob = 'f'.repeat(40);
        report.outputDigest = 'e'.repeat(64);
      });
    case 'not-smaller.glb':
      outside.tell(
        {
          kind: 'reviewed',
          report: (await honest()).report,
          hasOutput: true,
          isProposed: true,
          hasChangePicture: false,
        },
        [new Uint8Array(bytes.byteLength + 8)],
      );
      return;
    case 'look-around.glb': {
      const reach = (what: () => unknown) => {
        try {
          return String(what()).slice(0, 2000);
        } catch (thrown) {
          return `denied: ${(thrown as NodeJS.ErrnoException).code}`;
        }
      };
      const seen = {
        environment: reach(() => JSON.stringify(process.env)),
        parent: reach(() => readFileSync(`/proc/${process.ppid}/environ`, 'latin1')),
        passwords: reach(() => readFileSync('/etc/passwd', 'latin1')),
        processes: reach(() => readdirSync('/proc').join()),
        shell: reach(() => process.getBuiltinModule('node:child_process').execFileSync('env')),
        network: await new Promise((resolve) => {
          const socket = connect(Number(assignment.asset.blob), '127.0.0.1');
          socket.on('connect', () => resolve('connected'));
          socket.on('error', (failure: NodeJS.ErrnoException) => resolve(`denied: ${failure.code}`));
        }),
      };
      outside.tell({ kind: 'threw', code: 'INTERNAL', at: null, message: JSON.stringify(seen), isOutOfMemory: false });
      return;
    }
    default:
      return say(() => {});
  }
});
// With all that the true child has in it.
await loadReviews();
outside.tell({ kind: 'ready' });
