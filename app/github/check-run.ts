/** Our check run on a commit: queued, in progress with what is being done, and a conclusion with annotations and pictures. */
import { formatBytes, isOverBudget, type Progress, type Report } from '../../src/index.ts';
import { type GitHubAccess, splitRepository } from './access.ts';
import { isRefused } from './failure.ts';
import { unless } from './octokit.ts';

/** The name under which checks are required in branch protection. */
export const CHECK_NAME = 'GLB Optimizer';

/** A button on the check. */
export const CHECK_BUTTONS = Object.freeze([
  // GitHub takes three; label 20, description 40, identifier 20 characters. [docs: checks/create]
  { label: 'Re-run', description: 'Optimize this pull request again', identifier: 'optimize' },
  { label: 'Undo', description: 'Bring the original files back', identifier: 'undo' },
  { label: 'Skip', description: 'Leave this pull request alone', identifier: 'skip' },
] as const);

/** How a check ends. */
export interface Conclusion {
  readonly conclusion: 'success' | 'failure' | 'neutral' | 'cancelled';
  readonly title: string;
  /** Markdown, at most 65,535 characters. */
  readonly summary: string;
  readonly annotations: readonly Annotation[];
  readonly images: readonly { readonly alt: string; readonly image_url: string; readonly caption: string }[];
}

/** A remark at a line of a file; binary files have one line. */
export interface Annotation {
  readonly path: string;
  readonly line: number;
  readonly column: number | null;
  readonly level: 'notice' | 'warning' | 'failure';
  readonly title: string;
  readonly message: string;
}

/** The check run of one commit. Where checks are not permitted, every call does nothing. */
export interface CheckRun {
  /** Says that work is under way; the first call makes the check. */
  progress(title: string): Promise<void>;
  conclude(conclusion: Conclusion): Promise<void>;
}

// [docs: checks/create]
const ANNOTATION_BATCH_COUNT = 50;
const ANNOTATION_LIMIT_COUNT = 500;
const MESSAGE_LIMIT_CHARS = 4000;
const SUMMARY_LIMIT_CHARS = 65_000;

/** Makes the check `queued`, unless the commit has an open one of ours; used before the work begins. Undefined: not permitted. */
export async function announceCheck(
  access: GitHubAccess,
  repository: string,
  commit: string,
  detailsUrl: string | undefined,
): Promise<number | undefined> {
  const details = detailsUrl === undefined ? {} : { details_url: detailsUrl };
  const known = await findCheck(access, repository, commit);
  return known ?? createCheck(access, repository, commit, { status: 'queued', ...details });
}

/** Ends a check by its id, unless it has ended. */
export async function cancelCheck(
  access: GitHubAccess,
  repository: string,
  id: number,
  summary: string,
): Promise<void> {
  const place = { ...splitRepository(repository), check_run_id: id };
  const { checks } = access.octokit.rest;
  const found = await unless([404], checks.get(place));
  if (found === undefined || found.data.status === 'completed') return;
  const output = { title: 'A newer commit is looked at', summary };
  await checks.update({ ...place, status: 'completed', conclusion: 'cancelled', output });
}

/** Opens the check of a commit; nothing is written before the first call. */
export function openCheck(
  access: GitHubAccess,
  repository: string,
  commit: string,
  detailsUrl: string | undefined,
): CheckRun {
  const place = splitRepository(repository);
  const details = detailsUrl === undefined ? {} : { details_url: detailsUrl };
  let known: Promise<number | undefined> | undefined;
  const id = () =>
    (known ??= findCheck(access, repository, commit).then(
      (found) => found ?? createCheck(access, repository, commit, { status: 'in_progress', ...details }),
    ));
  return {
    async progress(title) {
      const check_run_id = await id();
      if (check_run_id === undefined) return;
      const output = { title: title.slice(0, 255), summary: 'Each file is optimized, checked and drawn.' };
      await access.octokit.rest.checks.update({ ...place, check_run_id, status: 'in_progress', output, ...details });
    },
    async conclude({ conclusion, title, summary, annotations, images }) {
      const check_run_id = await id();
      if (check_run_id === undefined) return;
      const all = annotations.slice(0, ANNOTATION_LIMIT_COUNT).map(annotationOf);
      const text = { title: title.slice(0, 255), summary: summary.slice(0, SUMMARY_LIMIT_CHARS) };
      // GitHub appends the annotations of each update to the ones before.
      for (let start = 0; start < Math.max(1, all.length); start += ANNOTATION_BATCH_COUNT) {
        const part = all.slice(start, start + ANNOTATION_BATCH_COUNT);
        const isLast = start + ANNOTATION_BATCH_COUNT >= all.length;
        await access.octokit.rest.checks.update({
          ...place,
          check_run_id,
          ...details,
          ...(isLast
            ? { status: 'completed' as const, conclusion, actions: [...CHECK_BUTTONS] }
            : { status: 'in_progress' as const }),
          output: {
            ...text,
            annotations: part,
            ...(isLast && images.length > 0 ? { images: images.map((image) => ({ ...image })) } : {}),
          },
        });
      }
    },
  };
}

/** `3/7 models/hero.glb`. */
export function progressTitle({ path, done, total, stage }: Progress): string {
  return `${Math.min(total, done + (stage === 'done' ? 0 : 1))}/${total} ${path}`;
}

async function createCheck(
  access: GitHubAccess,
  repository: string,
  commit: string,
  state: { readonly status: 'queued' | 'in_progress'; readonly details_url?: string },
): Promise<number | undefined> {
  try {
    const { data } = await access.octokit.rest.checks.create({
      ...splitRepository(repository),
      name: CHECK_NAME,
      head_sha: commit,
      external_id: commit,
      ...state,
    });
    return data.id;
  } catch (thrown) {
    // Only Apps may; a person's token may not, and the report goes elsewhere.
    if (isRefused(thrown)) return undefined;
    throw thrown;
  }
}

/** The newest check of ours that is not finished; a finished one belongs to an earlier run. */
async function findCheck(access: GitHubAccess, repository: string, commit: string): Promise<number | undefined> {
  const found = await unless(
    [403, 404],
    access.octokit.rest.checks.listForRef({
      ...splitRepository(repository),
      ref: commit,
      check_name: CHECK_NAME,
      per_page: 100,
    }),
  );
  const { appId } = await access.identity();
  return found?.data.check_runs.find(
    ({ status, external_id, app }) =>
      status !== 'completed' && external_id === commit && (appId === null || app?.id === appId),
  )?.id;
}

function annotationOf({ path, line, column, level, title, message }: Annotation) {
  return {
    path,
    start_line: line,
    end_line: line,
    ...(column === null ? {} : { start_column: column, end_column: column }),
    annotation_level: level,
    title: title.slice(0, 255),
    message: message.slice(0, MESSAGE_LIMIT_CHARS),
  };
}

/** Whether a report makes the check red: a budget, a refused file, or a failure of ours. */
export function conclusionOf(report: Report): Conclusion['conclusion'] {
  const isBad = report.assets.some(
    ({ verdict, findings }) =>
      verdict === 'refused' ||
      verdict === 'failed' ||
      findings.some((finding) => finding.severity === 'error' && isOverBudget(finding)),
  );
  if (isBad) return 'failure';
  return report.assets.some(({ verdict }) => verdict === 'needs-review') ? 'neutral' : 'success';
}

/** What the report says about single files, as remarks. */
export function annotationsOf(report: Report): readonly Annotation[] {
  return report.assets.flatMap(({ path, verdict, why, before, after, findings }) => {
    const at = { path, line: 1, column: null };
    const found = findings.map((finding): Annotation => {
      const isGrave = finding.severity === 'error' && (isOverBudget(finding) || verdict === 'refused');
      const level = isGrave ? 'failure' : finding.severity === 'error' ? 'warning' : LEVELS[finding.severity];
      const where = finding.pointer === '' ? '' : `${finding.pointer}: `;
      return { ...at, level, title: finding.code, message: `${where}${finding.message}` };
    });
    if (verdict === 'improved' && after !== null) {
      const message = `${formatBytes(before.byteLength)} → ${formatBytes(after.byteLength)}`;
      return [{ ...at, level: 'notice', title: 'Optimized', message }, ...found];
    }
    if (verdict === 'needs-review' || verdict === 'failed') {
      const level = verdict === 'failed' ? 'failure' : 'warning';
      return [{ ...at, level, title: verdict === 'failed' ? 'Failed' : 'Needs review', message: why }, ...found];
    }
    return found;
  });
}

const LEVELS = Object.freeze({ warning: 'warning', information: 'notice', hint: 'notice' } as const);
