/** Errors are about our work or its settings; what we notice in an asset is a finding (`finding.ts`). */

/** Every code an error can carry. Control flow looks at codes, never at prose. */
export type ErrorCode =
  | 'USAGE'
  | 'POLICY_INVALID'
  | 'GIT_FAILED'
  | 'GIT_NOT_A_REPOSITORY'
  | 'GIT_UNKNOWN_REF'
  | 'GIT_NO_MERGE_BASE'
  | 'GIT_DIRTY'
  | 'GIT_HEAD_NOT_CHECKED_OUT'
  | 'GIT_HEAD_MOVED'
  | 'GITHUB_FAILED'
  | 'GITHUB_LIMITED'
  | 'GITHUB_REFUSED'
  | 'GITHUB_SUPERSEDED'
  | 'LFS_FAILED'
  | 'FILE_NOT_FOUND'
  | 'FILE_UNWRITABLE'
  | 'FILE_UNREADABLE'
  | 'ASSET_REFUSED'
  | 'RENDERER_FAILED'
  | 'REPORT_INVALID'
  | 'ANSWER_INVALID'
  | 'SANDBOX_FAILED'
  | 'CANCELLED'
  | 'SETTINGS_INVALID'
  | 'SERVICE_UNAVAILABLE'
  | 'INTERNAL';

/** Where it went wrong, what was expected, what was received, and what to do next. */
export interface ErrorDetail {
  readonly at?: string;
  readonly expected?: string;
  readonly received?: string;
  readonly hint?: string;
  /** Of a limit: milliseconds after which another try makes sense. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** The one error class of the project. `message` is complete on its own; `code` is for programs. */
export class BotError extends Error {
  readonly code: ErrorCode;
  readonly detail: ErrorDetail;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    const parts = [
      detail.at === undefined ? message : `${detail.at}: ${message}`,
      detail.expected === undefined
        ? ''
        : `Expected ${detail.expected}${detail.received === undefined ? '.' : `, found ${detail.received}.`}`,
      detail.hint ?? '',
    ];
    super(inSentences(parts.filter((part) => part !== '')), detail.cause === undefined ? {} : { cause: detail.cause });
    this.name = 'BotError';
    this.code = code;
    this.detail = detail;
  }
}

/** What another sentence follows ends as one. */
function inSentences(parts: readonly string[]): string {
  return parts.map((part, i) => (i === parts.length - 1 || /[.!?…]$/.test(part) ? part : `${part}.`)).join(' ');
}

const ABOUT_JOB: ReadonlySet<ErrorCode> = new Set(['GITHUB_LIMITED', 'GITHUB_SUPERSEDED', 'CANCELLED']);

/** Whether an error ends the whole job, not one asset: another try, or a newer job, does better. */
export function isAboutJob(thrown: unknown): boolean {
  return thrown instanceof BotError && ABOUT_JOB.has(thrown.code);
}

/** The message of anything thrown, without its stack. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
