/** How a step ends: what the report means under `fail-on`, as a conclusion, outputs and annotations. */
import { isOverBudget, type Published, type Report } from '../../src/index.ts';
import type { ActionInputs } from '../settings/action.ts';
import { PERMISSION_LINES } from './kept-publisher.ts';
import type { ActionLog } from './log.ts';
import type { ActionOutputs } from './runner-files.ts';

/** `failure` makes the step red. */
export type ActionConclusion = 'success' | 'failure' | 'neutral';

/** What the report means for the step. */
export function concludeStep(report: Report, failOn: ActionInputs['failOn']): ActionConclusion {
  const { assets } = report;
  if (assets.length === 0) return 'neutral';
  if (failOn === 'never') return 'success';
  if (assets.some(({ verdict }) => verdict === 'failed')) return 'failure';
  if (failOn === 'failed') return 'success';
  const isBad = assets.some(
    ({ verdict, findings }) =>
      verdict === 'refused' || findings.some((finding) => finding.severity === 'error' && isOverBudget(finding)),
  );
  return isBad ? 'failure' : 'success';
}

// [docs: workflow commands] An output holds 1 MB; a comment never has more than this.
const MARKDOWN_LIMIT_CHARS = 60_000;

/** The outputs of a review. */
export function outputsOf(
  report: Report,
  published: Published,
  told: { readonly conclusion: ActionConclusion; readonly reportPath: string; readonly markdown: string },
): ActionOutputs {
  const { totals, assets } = report;
  return {
    'saved-bytes': String(totals.savedBytes),
    'saved-percent': String(Math.round(totals.savedRatio * 1000) / 10),
    'optimized-count': String(assets.filter(({ verdict }) => verdict === 'improved').length),
    report: told.reportPath,
    markdown: told.markdown.slice(0, MARKDOWN_LIMIT_CHARS),
    'comment-url': published.comment?.kind === 'written' ? published.comment.url : '',
    'commit-sha': published.commit ?? '',
    conclusion: told.conclusion,
  };
}

/** Findings that fail or that somebody should see, at their files; the gravest first. */
export function annotateReport(report: Report, log: ActionLog): void {
  for (const severity of ['error', 'warning'] as const) {
    for (const { path, verdict, why, findings } of report.assets) {
      const place = { file: path };
      if (severity === 'error' && verdict === 'failed') log.annotate('error', 'We failed on this file', why, place);
      if (severity === 'warning' && verdict === 'needs-review') log.annotate('warning', 'Needs a look', why, place);
      // What the validator says of a source that is taken as it is belongs into the report.
      const told = findings.filter((one) => one.severity === severity && !one.code.startsWith('VALIDATOR_'));
      for (const { code, message } of told) log.annotate(severity, code, message, place);
    }
  }
}

/** Warns of what the token may not do, with the lines that mend it. */
export function annotateRefusals({ notices = [], comment }: Published, log: ActionLog): void {
  const mend = `Add to the workflow:\n${PERMISSION_LINES}`;
  for (const notice of notices) {
    if (notice.kind === 'not-permitted') log.annotate('warning', 'Nothing was committed', `${notice.why}\n${mend}`);
    if (notice.kind === 'fork') {
      const why = 'The branch belongs to a fork, and this token may not write there. The report is in the summary.';
      log.annotate('warning', 'Nothing was committed', why);
    }
  }
  if (comment?.kind === 'refused') {
    log.annotate('warning', 'No comment', `GitHub refuses the comment; the report is in the summary.\n${mend}`);
  }
}
