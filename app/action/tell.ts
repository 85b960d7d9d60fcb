/** Where the answer of a step goes: report files, artifact, summary, outputs, annotations, log. */
import path from 'node:path';
import { messageOf, type Report, type ReviewJob, renderComment, renderSummary } from '../../src/index.ts';
import { folderPublisher } from '../files/folder-publisher.ts';
import { type GitHubAccess, splitRepository } from '../github/access.ts';
import { writeReportHtml } from '../report-html.ts';
import type { StepParts, StepReview } from './review.ts';
import { writeOutputs, writeSummary } from './runner-files.ts';
import { type ActionConclusion, annotateRefusals, annotateReport, concludeStep, outputsOf } from './verdict.ts';
import { uploadViewer } from './viewer-artifact.ts';

/** Tells everybody; gives what the report means for the step. */
export async function tellReview({ report, kept }: StepReview, parts: StepParts): Promise<ActionConclusion> {
  const { settings, access, log } = parts;
  const { proposal, published } = kept;
  const folder = path.join(settings.tempFolder, 'glb-optimizer');
  await folderPublisher(folder, writeReportHtml).publish({ ...proposal, report });
  const markdown = (await commentBody(published.comment, report, access)) ?? ownMarkdown(report, published.notices);
  const conclusion = concludeStep(report, settings.inputs.failOn);
  log.group('Report');
  log.block(renderSummary(report, { isCommitted: published.commit !== null, color: false }));
  log.endGroup();
  annotateReport(report, log);
  annotateRefusals(published, log);
  await upload(folder, proposal.job, report, parts);
  await writeSummary(settings.summaryFile, markdown);
  const reportPath = path.join(folder, 'report.json');
  await writeOutputs(settings.outputFile, outputsOf(report, published, { conclusion, reportPath, markdown }));
  if (published.commit !== null) log.line(`Committed ${published.commit}`);
  if (published.comment?.kind === 'written') log.line(`Comment: ${published.comment.url}`);
  return conclusion;
}

async function upload(folder: string, job: ReviewJob, report: Report, { settings, log }: StepParts): Promise<void> {
  // Nothing to look at, or nowhere to put it: a runner of one's own may have no such service.
  const isWorth = report.assets.some(({ after }) => after !== null);
  if (!settings.inputs.hasViewerArtifact || !settings.hasArtifacts || !isWorth) return;
  const { headCommit, origin } = job;
  const about = `${origin?.pullNumber ? `pr-${origin.pullNumber}` : 'repository'}-${headCommit?.slice(0, 8) ?? ''}`;
  try {
    const id = await uploadViewer(folder, about);
    if (id !== undefined) log.line(`To compare in the browser: ${settings.runUrl}/artifacts/${id}`);
  } catch (thrown) {
    log.line(`note: the artifact could not be uploaded: ${messageOf(thrown)}`);
  }
}

/** The comment as GitHub has it, with the addresses of its pictures. */
async function commentBody(
  comment: StepReview['kept']['published']['comment'],
  report: Report,
  access: GitHubAccess,
): Promise<string | undefined> {
  const id = comment?.kind === 'written' ? Number(/#issuecomment-(\d+)$/.exec(comment.url)?.[1]) : Number.NaN;
  if (!Number.isInteger(id)) return undefined;
  const place = { ...splitRepository(report.job.repository), comment_id: id };
  // It was written a moment ago; what is wrong with reading it is no reason to fail.
  const answer = await access.octokit.rest.issues.getComment(place).catch(() => undefined);
  return answer?.data.body ?? undefined;
}

function ownMarkdown(report: Report, notices: StepReview['kept']['published']['notices'] = []): string {
  return renderComment(report, {
    imageUrl: () => null,
    scope: report.job.repository ?? '',
    isCommitted: report.job.commit !== null,
    home: 'github',
    notices,
    fullReport: 'the artifact of this run',
  });
}
