/** The Khronos validator's findings. It does not decode Draco, meshopt or KTX2: our own contract check does that part. */
import { messageOf } from '../errors.ts';
import { type Finding, finding, type Severity } from '../finding.ts';
import type { SourceGlb } from './glb.ts';

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'information', 'hint'];

/** Errors that say nothing about the file: external images are looked at elsewhere, and the codecs are extensions it does not know. */
const IGNORED = Object.freeze(['IO_ERROR']);

/** The validator stops at so many: enough to count the faulty vertices of common exports, 30 MB of text at worst. */
const MOST = 100_000;

/** The validator fell over: nothing is known of the file, so this never excuses itself. */
const STOPPED = 'VALIDATOR_STOPPED';

/** Loaded when it is asked: whoever only holds the conversation with a child never needs it. */
export async function loadValidator(): Promise<typeof import('gltf-validator').default> {
  const { default: validator } = await import('gltf-validator');
  return validator;
}

/** Everything the validator says, as findings with the prefix `VALIDATOR_`. */
export async function validate(source: SourceGlb): Promise<readonly Finding[]> {
  const validator = await loadValidator();
  const report = await validator
    .validateBytes(source.bytes, { maxIssues: MOST, ignoredIssues: IGNORED })
    .catch((thrown: unknown) => messageOf(thrown));
  // It falls over some malformed files. An error, so that no result of ours passes unseen.
  if (typeof report === 'string') return [finding(STOPPED, '', `The validator itself failed: ${report}.`)];
  return report.issues.messages.map(({ code, message, severity, pointer }) =>
    finding(`VALIDATOR_${code}`, pointer ?? '', message, SEVERITIES[severity] ?? 'hint'),
  );
}

/** Errors of `after` of which `before` has fewer of the kind at such a place: what a result must not have. */
export function newErrors(before: readonly Finding[], after: readonly Finding[]): readonly Finding[] {
  const allowance = new Map<string, number>();
  // A list that was cut off tells the kinds of errors, not their number.
  const step = before.length >= MOST ? Number.POSITIVE_INFINITY : 1;
  for (const one of before)
    if (one.severity === 'error' && one.code !== STOPPED)
      allowance.set(kindOf(one), (allowance.get(kindOf(one)) ?? 0) + step);
  return after.filter((one) => {
    if (one.severity !== 'error') return false;
    const left = allowance.get(kindOf(one)) ?? 0;
    allowance.set(kindOf(one), left - 1);
    return left <= 0;
  });
}

/** Code and place without numbers: steps may number things anew. */
function kindOf({ code, pointer }: Finding): string {
  return `${code} ${pointer.replace(/\d+/g, '*')}`;
}
