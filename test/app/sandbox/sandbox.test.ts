/** What an asset that took over its process could do: nothing, to anybody. Real processes, and real lies. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSandbox, type Sandbox } from '../../../app/sandbox/pool.ts';
import { findWalls } from '../../../app/sandbox/walls.ts';
import type { SandboxLimits } from '../../../app/sandbox/watch.ts';
import { type AssetReviewer, inProcessReviewer, type ReadSibling, type Renderer } from '../../../src/index.ts';
import { selectRule } from '../../../src/policy/select.ts';
import { flatColour } from '../../doubles/memory.ts';
import { houseScene } from '../../house-scene.ts';

const MIB = 2 ** 20;
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const isLinux = process.platform === 'linux';

let house: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  house = (await houseScene()).bytes();
});

function ask(
  reviewer: AssetReviewer,
  path: string,
  options: {
    readonly blob?: string;
    readonly base?: Uint8Array<ArrayBuffer>;
    readonly readSibling?: () => Promise<ReadSibling>;
    readonly signal?: AbortSignal;
  } = {},
) {
  const selected = selectRule(undefined, 'a.glb', { target: 'three', withoutRenderer: 'commit' });
  if (selected.kind !== 'assigned') throw new Error(selected.why);
  const { base } = options;
  const asset = {
    path,
    change: 'added',
    blob: options.blob ?? '',
    mode: '100644',
    byteLength: house.byteLength,
  } as const;
  return reviewer.review(
    { asset, rule: selected.rule, bytes: house, manifests: [], ...(base && { base }) },
    {
      readSibling: options.readSibling ?? (async () => ({ kind: 'missing' })),
      onStage: () => {},
      signal: options.signal ?? new AbortController().signal,
    },
  );
}

/** A sandbox whose children are in the wrong hands. */
async function takenOver<T>(
  limits: Partial<SandboxLimits>,
  work: (reviewer: AssetReviewer, sandbox: Sandbox) => Promise<T>,
): Promise<T> {
  const sandbox = openSandbox({ limits, childPath: here('taken-over.ts') });
  try {
    return await work(sandbox.openReviewer(flatColour()), sandbox);
  } finally {
    await sandbox.close();
  }
}

describe('a reviewer behind the wall', () => {
  let sandbox: Sandbox;
  beforeAll(() => {
    sandbox = openSandbox();
  });
  afterAll(() => sandbox.close());

  it('gives the same answer, byte for byte, as one in this process', async () => {
    const renderer: Renderer = flatColour();
    const reviewer = sandbox.openReviewer(renderer);
    const behind = await ask(reviewer, 'a.glb');
    const open = await ask(inProcessReviewer({ renderer, now: () => 0 }), 'a.glb');
    expect({ ...behind.report, durationMs: 0 }).toEqual({
      ...open.report,
      durationMs: 0,
      images: behind.report.images,
    });
    expect(behind.report.verdict).toBe('improved');
    expect({ ...behind.file, content: null }).toEqual({ ...open.file, content: null });
    expect(await behind.file?.content.read()).toEqual(await open.file?.content.read());
    expect(await behind.model?.before.content.read()).toEqual(house);
    await reviewer.close();
  });

  it('asks this side for pictures, and closes the table behind it', async () => {
    const renderer = flatColour();
    const reviewer = sandbox.openReviewer(renderer);
    await ask(reviewer, 'a.glb');
    expect([renderer.opened, renderer.closed]).toEqual([1, 1]);
    expect(renderer.seen.length).toBeGreaterThan(0);
    await reviewer.close();
  });

  it('shows what the author changed: the base crosses the wall, and its picture comes back', async () => {
    const base = (await houseScene()).bytes();
    const renderer = flatColour();
    const reviewer = sandbox.openReviewer(renderer);
    const behind = await ask(reviewer, 'a.glb', { base });
    const open = await ask(inProcessReviewer({ renderer: flatColour(), now: () => 0 }), 'a.glb', { base });
    expect(behind.report.change).toEqual(open.report.change);
    expect(behind.report.change?.images.comparison).toMatch(/^images\/base-of-a-/);
    expect(behind.images.map(({ name }) => name)).toEqual(open.images.map(({ name }) => name));
    expect(await behind.model?.base?.content.read()).toEqual(base);
    expect([renderer.opened, renderer.closed]).toEqual([2, 2]);
    await reviewer.close();
  });

  it('inspects a file with its siblings', async () => {
    const readSibling = async () => ({ kind: 'missing' }) as const;
    const { inspection } = await sandbox.inspect({ bytes: house, readSibling }, new AbortController().signal);
    expect(inspection.stats?.byteLength).toBe(house.byteLength);
  });

  it('serves no other job from a process that has seen an asset', async () => {
    const first = sandbox.openReviewer(flatColour());
    await ask(first, 'a.glb');
    const before = new Set(sandbox.pids());
    await first.close();
    const second = sandbox.openReviewer(flatColour());
    await ask(second, 'b.glb');
    // The spare of then is the only process that was there before.
    expect(sandbox.pids().filter((pid) => before.has(pid)).length).toBeLessThanOrEqual(1);
    await second.close();
  });

  it('stops when it is told to, and leaves neither process nor folder', { skip: !isLinux }, async () => {
    const stop = new AbortController();
    const left = await takenOver({}, async (reviewer, { pids }) => {
      const running = ask(reviewer, 'spin.glb', { signal: stop.signal });
      running.catch(() => {});
      while (pids().length < 2) await wait(20);
      const seen = pids().map((pid) => [`/proc/${pid}`, readlinkSync(`/proc/${pid}/cwd`)]);
      stop.abort(new Error('enough'));
      await expect(running).rejects.toThrow('enough');
      return seen.flat();
    });
    expect(left).toHaveLength(4);
    expect(left.filter((place) => existsSync(place))).toEqual([]);
  });
});

describe('an asset that took over its process', () => {
  it.each([
    ['dies each time', 'abort.glb', /died/],
    ['speaks nonsense', 'garbage.glb', /Too big|sent|died/],
    ['gives a file that is not smaller', 'not-smaller.glb', /bytes for a file of/],
  ])('fails alone when it %s', async (_sentence, path, message) => {
    await takenOver({}, async (reviewer) => {
      await expect(ask(reviewer, path)).rejects.toThrow(message);
      // The next asset finds a sound process.
      expect((await ask(reviewer, 'honest.glb')).report.verdict).toBe('improved');
    });
  });

  it('is tried once more in a fresh process', async () => {
    await takenOver({}, async (reviewer) => {
      let askedCount = 0;
      const readSibling = async (): Promise<ReadSibling> => {
        if (++askedCount === 1) throw new Error('the first one dies');
        return { kind: 'missing' };
      };
      const { report } = await ask(reviewer, 'abort-once.glb', { readSibling });
      expect([report.verdict, askedCount]).toEqual(['improved', 2]);
    });
  });

  it.each([
    ['processor time', 'spin.glb', { cpuMs: 400 }, 'LIMIT_TIME'],
    ['time', 'sleep.glb', { wallMs: 400 }, 'LIMIT_TIME'],
    ['memory of native code', 'native-memory.glb', { memoryByteLength: 400 * MIB }, 'LIMIT_MEMORY'],
    ['heap', 'heap.glb', { memoryByteLength: 400 * MIB }, 'LIMIT_MEMORY'],
  ] as const)('is refused when it takes too much %s', { skip: !isLinux }, async (_sentence, path, limits, code) => {
    await takenOver(limits, async (reviewer) => {
      const { report, file } = await ask(reviewer, path);
      expect(report).toMatchObject({ verdict: 'refused', findings: [{ code, severity: 'error', pointer: '' }] });
      expect(file).toBeNull();
    });
  });

  it('cannot choose where its file goes, nor what its pictures are called', async () => {
    await takenOver({}, async (reviewer) => {
      const { report, file, images } = await ask(reviewer, 'elsewhere.glb', { blob: 'a'.repeat(40) });
      expect(file).toMatchObject({ path: 'elsewhere.glb', mode: '100644', sourceBlob: 'a'.repeat(40) });
      expect(report).toMatchObject({ path: 'elsewhere.glb', sourceBlob: 'a'.repeat(40), outputDigest: file?.digest });
      expect(images).toEqual([]);
      expect(report.images).toEqual({});
    });
  });

  it('reaches no file, no process, no program and no network', { skip: !isLinux }, async () => {
    let heard = 0;
    const server = createServer(() => heard++).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      await takenOver({}, async (reviewer, sandbox) => {
        const { isIsolated } = await sandbox.walls();
        const told = await ask(reviewer, 'look-around.glb', { blob: String(port) }).catch(
          (thrown: Error) => thrown.message,
        );
        const seen = JSON.parse(String(told)) as Record<string, string>;
        // libvips adds where it lies, in a process that had the time to load it.
        const names = Object.keys(JSON.parse(seen.environment ?? '{}') as object);
        expect(names.filter((name) => name !== 'VIPSHOME')).toEqual(['TMPDIR']);
        for (const key of ['parent', 'passwords', 'processes', 'shell'])
          expect(seen[key]).toBe('denied: ERR_ACCESS_DENIED');
        if (isIsolated) expect([seen.network?.startsWith('denied'), heard]).toEqual([true, 0]);
      });
    } finally {
      server.close();
    }
  });
});

describe('a token in the environment of the server', { skip: !isLinux }, () => {
  const SECRET = 'ghs_aTokenThatCanWrite0123456789';

  it('is not in the process of an asset, which has no descriptor of ours, and dies with the server', async () => {
    const env = { PATH: process.env.PATH, GITHUB_TOKEN: SECRET, PRIVATE_KEY: SECRET };
    const server = spawn(process.execPath, [here('token-holder.ts')], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    for await (const chunk of server.stdout) {
      text += chunk;
      if (text.includes('\n')) break;
    }
    const { own, child } = JSON.parse(text) as { own: number; child: number };
    try {
      expect(readFileSync(`/proc/${own}/environ`, 'latin1')).toContain(SECRET);
      const environment = readFileSync(`/proc/${child}/environ`, 'latin1');
      expect(environment).not.toContain(SECRET);
      expect(
        environment
          .split('\0')
          .filter(Boolean)
          .map((line) => line.split('=')[0]),
      ).toEqual(['TMPDIR']);
      expect(readFileSync(`/proc/${child}/cmdline`, 'latin1')).not.toContain(SECRET);
      const status = readFileSync(`/proc/${child}/status`, 'latin1');
      if ((await findWalls(4096 * MIB, 60)).hasNoNewPrivileges) expect(status).toMatch(/^NoNewPrivs:\s*1$/m);
      // 0 to 3: nothing, nothing, what it complains about, the conversation. The others it opened itself.
      const targets = readdirSync(`/proc/${child}/fd`).map(
        (fd) => [Number(fd), readlinkSync(`/proc/${child}/fd/${fd}`)] as const,
      );
      const foreign = targets.filter(([fd, to]) => fd > 3 && !/^anon_inode:/.test(to) && to !== '/dev/null');
      const shared = new Set(readdirSync(`/proc/${own}/fd`).map((fd) => readlinkSync(`/proc/${own}/fd/${fd}`)));
      expect(foreign.filter(([, to]) => shared.has(to))).toEqual([]);
      expect(targets.filter(([, to]) => to.startsWith('/') && to !== '/dev/null')).toEqual([]);
    } finally {
      server.kill('SIGKILL');
      await once(server, 'exit');
    }
    // Its line is cut, and it goes.
    for (let waited = 0; existsSync(`/proc/${child}`) && waited < 5000; waited += 50) await wait(50);
    expect(existsSync(`/proc/${child}`)).toBe(false);
  });

  it('cannot be read by native code either, where the machine has namespaces', async (context) => {
    const walls = await findWalls(4096 * MIB, 60);
    if (!walls.isIsolated) context.skip('this machine gives us no namespaces');
    const script = 'cat /proc/[0-9]*/environ; echo; ls /proc | grep -c "^[0-9]"; cat /proc/net/dev';
    const [program = '', ...words] = [...walls.prefix, '/bin/sh', '-c', script];
    const inner = spawn(program, words, { env: {}, stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    for await (const chunk of inner.stdout) text += chunk;
    // The shell, cat and grep; no network but a loopback of its own.
    expect(text).not.toContain('PATH=/');
    expect(Number(/^(\d+)$/m.exec(text)?.[1])).toBeLessThanOrEqual(4);
    expect([...text.matchAll(/^\s*(\w+):/gm)].map(([, name]) => name)).toEqual(['lo']);
  });

  it('cannot be read by native code without namespaces, where root gives up its capabilities', async (context) => {
    if (process.getuid?.() !== 0) context.skip('this is not root');
    const walls = await findWalls(4096 * MIB, 60);
    const start = walls.prefix.indexOf('setpriv');
    if (start < 0) context.skip('there is no setpriv');
    const [program = '', ...words] = [...walls.prefix.slice(start), '/bin/cat', `/proc/${process.pid}/environ`];
    const inner = spawn(program, words, { env: {}, stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    for await (const chunk of inner.stdout) text += chunk;
    expect([text, readFileSync(`/proc/${process.pid}/environ`, 'latin1').length > 0]).toEqual(['', true]);
  });
});
