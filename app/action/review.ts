/** One review in one step: the same flow as the App's, without a queue; then the report, wherever the token lets it go. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import {
  formatSaved,
  messageOf,
  type Progress,
  plural,
  type Renderer,
  type Report,
  type ReviewJob,
  type RuleFlags,
  reviewChange,
} from '../../src/index.ts';
import { type GitHubAccess, tokenAccess } from '../github/access.ts';
import { openGitHubHome } from '../github/home.ts';
import type { Notes } from '../github/notes.ts';
import { findBrowser } from '../renderer/browser-path.ts';
import { chromiumRenderer } from '../renderer/chromium.ts';
import { noRenderer } from '../renderer/none.ts';
import { openSandbox } from '../sandbox/pool.ts';
import type { ActionSettings } from '../settings/action.ts';
import { readLimits } from '../settings/limits.ts';
import { type KeptPublisher, keptPublisher, writesNothing } from './kept-publisher.ts';
import type { ActionLog } from './log.ts';
import { narrowedSource } from './narrowed-source.ts';
import { patient } from './patience.ts';
import { cachingReviewer } from './result-cache.ts';

/** What a step works with. */
export interface StepParts {
  readonly settings: ActionSettings;
  readonly access: GitHubAccess;
  readonly notes: Notes;
  readonly log: ActionLog;
  readonly signal: AbortSignal;
}

/** How one review differs from another. */
export interface ReviewWish {
  /** Over the inputs and the policy. */
  readonly flags?: RuleFlags;
  /** Nothing is written: the head is our own commit. */
  readonly isQuiet?: boolean;
}

/** A finished review. */
export interface StepReview {
  readonly report: Report;
  readonly kept: NonNullable<ReturnType<KeptPublisher['kept']>>;
  /** Keeps new results for the next run. */
  readonly keep: () => Promise<void>;
}

/** The right to talk to GitHub, as the token gives it. */
export function openAccess(settings: ActionSettings, isPaced: boolean, signal: AbortSignal): GitHubAccess {
  const { apiUrl, serverUrl } = settings;
  return tokenAccess(settings.inputs.token, { place: { apiUrl, serverUrl }, isPaced, signal });
}

/** Reviews a job and publishes it. Throws what concerns the whole job, such as an invalid policy or a branch that moved on. */
export async function reviewInStep(job: ReviewJob, parts: StepParts, wish: ReviewWish = {}): Promise<StepReview> {
  const { settings, access, log, signal } = parts;
  const { inputs } = settings;
  const repository = job.repository ?? settings.repository;
  const scratchFolder = path.join(settings.tempFolder, 'glb-optimizer-scratch');
  await mkdir(scratchFolder, { recursive: true });
  const home = await openGitHubHome(job, access, {
    notes: parts.notes,
    scratchFolder,
    gitPath: settings.environment.PATH ?? '',
    pictures: inputs.images,
    reportUrl: settings.runUrl,
    now: () => Date.now(),
    onTrouble: (what) => log.line(`note: ${what}`),
  });
  const renderer = openRenderer(parts);
  // The processes that open models have no token, no network and no way out.
  const limits = readLimits(settings.environment);
  const sandbox = openSandbox({ fileLimits: limits.file, limits: limits.process });
  const inner = sandbox.openReviewer(renderer.renderer);
  const cache = settings.hasCache
    ? cachingReviewer(inner, {
        folder: path.join(settings.tempFolder, 'glb-optimizer-cache'),
        hasRenderer: renderer.isThere,
        onNote: (text) => log.line(`note: ${text}`),
      })
    : undefined;
  const reviewer = cache ?? inner;
  const waiting = patient(home, signal, (text) => log.line(text));
  const commit = job.baseCommit ?? job.headCommit ?? '';
  const publisher = keptPublisher(wish.isQuiet === true ? writesNothing : waiting.publisher);
  try {
    const { report } = await reviewChange(
      job,
      {
        source: narrowedSource(waiting.source, inputs, { access, repository, commit, scratchFolder }),
        reviewer,
        publisher,
        limits: limits.file,
      },
      {
        flags: { ...inputs.flags, ...wish.flags },
        concurrency: settings.concurrency,
        onProgress: (progress) => {
          tell(progress, log);
          if (wish.isQuiet !== true) home.onProgress(progress);
        },
        signal,
      },
    );
    const kept = publisher.kept();
    if (kept === undefined) throw new Error('nothing was published');
    const hitCount = cache?.hitCount() ?? 0;
    if (hitCount > 0) log.line(`${plural(hitCount, 'result')} from the cache`);
    return { report, kept, keep: async () => cache?.keep() };
  } finally {
    await reviewer.close();
    await sandbox.close();
    await renderer.renderer.close();
    await home.close();
  }
}

/** The runner's Chrome, or none, with a warning that says what that means. */
function openRenderer({ settings, log }: StepParts): { readonly renderer: Renderer; readonly isThere: boolean } {
  try {
    const browserPath = findBrowser(undefined, settings.environment);
    const poolSize = settings.concurrency;
    return { renderer: chromiumRenderer({ env: settings.environment, browserPath, poolSize }), isThere: true };
  } catch (thrown) {
    const why = messageOf(thrown);
    log.annotate(
      'warning',
      'No pictures',
      `${why} Lossy results are shown, and not committed, unless the policy says otherwise.`,
    );
    return { renderer: noRenderer(why), isThere: false };
  }
}

function tell({ stage, done, total, path: name, asset, detail }: Progress, log: ActionLog): void {
  if (stage === 'reading') log.line(`Reading ${name}, ${detail}`);
  if (stage !== 'done') return;
  const { verdict, before, after } = asset ?? { verdict: 'done', before: { byteLength: 0 }, after: null };
  const saved =
    after === null || before.byteLength === 0 ? '' : `, ${formatSaved(1 - after.byteLength / before.byteLength)}`;
  log.line(`${done}/${total} ${name}: ${verdict}${saved}${detail === '' ? '' : `, ${detail}`}`);
}
