/** What the shell is told. */
import { BotError, type ErrorCode, type Report } from '../../src/index.ts';

/** 0 fine, 1 findings that fail, 2 wrong use, 3 our failure, 130 stopped by the user (128 + SIGINT). */
export const EXIT = Object.freeze({ fine: 0, findings: 1, usage: 2, failure: 3, stopped: 130 } as const);

/** Errors that the user can mend. */
const USAGE_CODES: ReadonlySet<ErrorCode> = new Set([
  'USAGE',
  'POLICY_INVALID',
  'GIT_NOT_A_REPOSITORY',
  'GIT_UNKNOWN_REF',
  'GIT_NO_MERGE_BASE',
  'GIT_DIRTY',
  'GIT_HEAD_NOT_CHECKED_OUT',
  'FILE_NOT_FOUND',
  'FILE_UNWRITABLE',
  'SETTINGS_INVALID',
]);

/** The exit code of anything thrown. */
export function exitCodeOf(thrown: unknown): number {
  if (!(thrown instanceof BotError)) return EXIT.failure;
  if (thrown.code === 'CANCELLED') return EXIT.stopped;
  if (thrown.code === 'ASSET_REFUSED') return EXIT.findings;
  return USAGE_CODES.has(thrown.code) ? EXIT.usage : EXIT.failure;
}

/** The exit code of a review: our own failures first, then what the policy or the input does not allow. */
export function exitCodeOfReport(report: Report): number {
  if (report.assets.some((asset) => asset.verdict === 'failed')) return EXIT.failure;
  const fails = report.assets.some(
    (asset) =>
      asset.verdict === 'refused' ||
      asset.findings.some(
        ({ code, severity }) => severity === 'error' && (code === 'BUDGET_EXCEEDED' || code === 'TEXTURE_OVER_BUDGET'),
      ),
  );
  return fails ? EXIT.findings : EXIT.fine;
}
