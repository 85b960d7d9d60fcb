/** A policy that the pull request itself changes: whether it is sound, and what it would do once merged. */
import {
  type ChangedAsset,
  checkPolicy,
  explainRule,
  type Notice,
  POLICY_LIMIT_BYTES,
  POLICY_PATHS,
  type PolicyEffect,
  type PolicyIssue,
} from '../../src/index.ts';
import type { Annotation } from './check-run.ts';
import type { CommitFiles, TreeFile } from './trees.ts';

/** What to tell about it; nothing when the pull request leaves the policy alone. */
export interface PolicyChange {
  readonly notices: readonly Notice[];
  readonly annotations: readonly Annotation[];
  readonly isInvalid: boolean;
}

const NO_CHANGE: PolicyChange = Object.freeze({ notices: [], annotations: [], isInvalid: false });

/** Compares the policies of both commits. */
export async function policyChange(
  sides: {
    readonly base: CommitFiles;
    readonly head: CommitFiles;
    readonly text: (file: TreeFile) => Promise<string | undefined>;
  },
  assets: readonly ChangedAsset[],
): Promise<PolicyChange> {
  const [before, after] = [await findPolicy(sides.base), await findPolicy(sides.head)];
  if (after === undefined || after.blob === before?.blob) return NO_CHANGE;
  const text = await sides.text(after);
  if (text === undefined) {
    const message = `the policy has more than ${POLICY_LIMIT_BYTES} bytes`;
    return invalid(after.path, [{ line: 1, column: 1, message }]);
  }
  const checked = checkPolicy({ path: after.path, text });
  if (checked.kind === 'invalid') return invalid(after.path, checked.issues);
  const oldText = before === undefined ? undefined : await sides.text(before);
  const old =
    before === undefined || oldText === undefined ? undefined : checkPolicy({ path: before.path, text: oldText });
  const now = old?.kind === 'valid' ? old.policy : undefined;
  const changes = assets.flatMap(({ path }): readonly PolicyEffect[] => {
    const [is, will] = [explainRule(now, path), explainRule(checked.policy, path)];
    const [left, right] = differing(is, will);
    return left === right ? [] : [{ path, now: left, later: right }];
  });
  return { notices: [{ kind: 'policy-valid', path: after.path, changes }], annotations: [], isInvalid: false };
}

/** Complaints about a policy as remarks at its lines. */
export function policyAnnotations(
  path: string,
  issues: readonly Pick<PolicyIssue, 'line' | 'column' | 'message'>[],
): readonly Annotation[] {
  return issues.map(({ line, column, message }) => ({
    path,
    line,
    column,
    level: 'failure',
    title: 'Policy error',
    message,
  }));
}

function invalid(path: string, issues: readonly Pick<PolicyIssue, 'line' | 'column' | 'message'>[]): PolicyChange {
  return {
    notices: [{ kind: 'policy-invalid', path, messages: issues.map(({ message }) => message) }],
    annotations: policyAnnotations(path, issues),
    isInvalid: true,
  };
}

async function findPolicy(files: CommitFiles): Promise<TreeFile | undefined> {
  for (const path of POLICY_PATHS) {
    const file = await files.find(path);
    if (file !== undefined) return file;
  }
  return undefined;
}

// Only what differs: a rule has a dozen settings.
function differing(
  is: ReturnType<typeof explainRule>,
  will: ReturnType<typeof explainRule>,
): readonly [string, string] {
  if (is.selection.kind === 'skipped' || will.selection.kind === 'skipped') {
    return [skippedText(is), skippedText(will)];
  }
  const value = (of: typeof is, key: string) => JSON.stringify(of.origins.find((origin) => origin.key === key)?.value);
  const keys = [...new Set([...is.origins, ...will.origins].map(({ key }) => key))];
  const changed = keys.filter((key) => value(is, key) !== value(will, key));
  const list = (of: typeof is) => changed.map((key) => `${key} ${value(of, key) ?? 'unlimited'}`).join(', ');
  return [list(is), list(will)];
}

function skippedText({ selection }: ReturnType<typeof explainRule>): string {
  return selection.kind === 'skipped' ? 'left alone' : `optimized with preset ${selection.rule.preset}`;
}
