/** Sends mutants through the sandbox and says what should not have happened. */
import { openSandbox } from '../../app/sandbox/pool.ts';
import { readGlb } from '../../src/asset/glb.ts';
import { newErrors, validate } from '../../src/asset/validate.ts';
import { type AssetReviewer, digestOf, messageOf, type Renderer } from '../../src/index.ts';
import { inspect } from '../../src/inspect.ts';
import { selectRule } from '../../src/policy/select.ts';
import { type Mutant, mutantsOf, openSeeds } from './mutants.ts';

/** When to end, whichever comes first. */
export interface FuzzOptions {
  readonly seed: number;
  readonly mutantCount: number;
  readonly durationMs: number;
  /** Told of each find, at once. */
  readonly onFind: (find: Find) => void;
  readonly concurrency: number;
}

/** What should not have happened. */
export interface Find {
  readonly place: number;
  readonly mutant: Mutant;
  readonly why: string;
}

/** What a run came to. */
export interface FuzzSummary {
  readonly mutantCount: number;
  readonly verdicts: Readonly<Record<string, number>>;
  /** By the code of the first finding of what was refused. */
  readonly codes: Readonly<Record<string, number>>;
  readonly findCount: number;
  readonly slowestMs: number;
  /** SHA-256 over all reasons in order: two runs of one seed have the same. */
  readonly reasonsDigest: string;
}

const NOBODY: Renderer = {
  open: async () => ({ kind: 'not-rendered', why: 'nobody looks' }),
  close: async () => {},
};

/** Fuzzes until it ends. */
export async function fuzz(options: FuzzOptions): Promise<FuzzSummary> {
  const startedMs = performance.now();
  const mutants = mutantsOf(await openSeeds(), options.seed);
  // What needs more is a find: all mutants are small.
  const sandbox = openSandbox({ limits: { memoryByteLength: 2 ** 30, cpuMs: 10_000, wallMs: 60_000 } });
  const reviewer = sandbox.openReviewer(NOBODY);
  const reasons: string[] = [];
  const verdicts: Record<string, number> = {};
  const codes: Record<string, number> = {};
  let place = 0;
  let findCount = 0;
  let slowestMs = 0;
  const work = async (): Promise<void> => {
    while (place < options.mutantCount && performance.now() - startedMs < options.durationMs) {
      const mine = place++;
      const mutant = mutants.next().value;
      const find = (why: string): void => {
        findCount++;
        options.onFind({ place: mine, mutant, why });
      };
      const beganMs = performance.now();
      const first = await judge(reviewer, mutant);
      slowestMs = Math.max(slowestMs, performance.now() - beganMs);
      for (const why of first.faults) find(why);
      if (mine % REPEAT_EVERY === 0) {
        const second = await judge(reviewer, mutant);
        if (second.reason !== first.reason) find(`another reason the second time: ${first.reason} | ${second.reason}`);
      }
      reasons[mine] = first.reason;
      verdicts[first.verdict] = (verdicts[first.verdict] ?? 0) + 1;
      if (first.code !== '') codes[first.code] = (codes[first.code] ?? 0) + 1;
    }
  };
  try {
    await Promise.all(Array.from({ length: options.concurrency }, work));
  } finally {
    await sandbox.close();
  }
  const reasonsDigest = digestOf(new TextEncoder().encode(reasons.join('\n')));
  return { mutantCount: place, verdicts, codes, findCount, slowestMs, reasonsDigest };
}

/** Every so many mutants one is asked about twice. */
const REPEAT_EVERY = 20;

interface Judged {
  readonly verdict: string;
  readonly code: string;
  /** Equal in every run. */
  readonly reason: string;
  readonly faults: readonly string[];
}

async function judge(reviewer: AssetReviewer, { bytes }: Mutant): Promise<Judged> {
  // Without pictures, and every byte saved counts. Most by the cheapest whole way through, one in four by the longest.
  const preset = bytes.byteLength % 4 === 0 ? 'small' : 'lossless';
  const flags = { target: 'three', preset, minSavedBytes: 0, minSavedRatio: 0, withoutRenderer: 'commit' } as const;
  const selected = selectRule(undefined, 'a.glb', flags);
  if (selected.kind !== 'assigned') throw new Error(selected.why);
  const asset = { path: 'a.glb', change: 'added', blob: '', mode: '100644', byteLength: bytes.byteLength } as const;
  const assignment = { asset, rule: selected.rule, bytes, manifests: [] };
  try {
    const { report, model } = await reviewer.review(assignment, {
      readSibling: async () => ({ kind: 'missing' }),
      onStage: () => {},
      signal: new AbortController().signal,
    });
    const [first] = report.findings;
    const code = report.verdict === 'refused' ? (first?.code ?? 'none') : '';
    const faults = report.verdict === 'refused' && first === undefined ? ['refused without a reason'] : [];
    if (code === 'LIMIT_TIME' || code === 'LIMIT_MEMORY') faults.push(report.why);
    const output = await model?.after?.content.read();
    if (output !== undefined) faults.push(...(await outputFaults(bytes, output)));
    return {
      verdict: report.verdict,
      code,
      reason: `${report.verdict} ${code} ${first?.pointer ?? ''} ${report.why}`,
      faults,
    };
  } catch (thrown) {
    return {
      verdict: 'failed',
      code: '',
      reason: `failed ${messageOf(thrown)}`,
      faults: [`it fails: ${messageOf(thrown)}`],
    };
  }
}

async function outputFaults(input: Uint8Array<ArrayBuffer>, output: Uint8Array<ArrayBuffer>): Promise<string[]> {
  const [before, after] = [readGlb(input), readGlb(output)];
  if (!('json' in before) || !('json' in after)) return ['the output is no GLB'];
  if (output.byteLength >= input.byteLength) return ['the output is no smaller'];
  const [first] = [await inspect(output, new Map())].flatMap((seen) => (seen.kind === 'refused' ? seen.findings : []));
  if (first !== undefined) return [`the output would be refused: ${first.code} ${first.pointer}`];
  return newErrors(await validate(before), await validate(after)).map(
    ({ code, pointer }) => `new error ${code} ${pointer}`,
  );
}
