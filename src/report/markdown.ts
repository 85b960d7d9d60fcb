/** Report -> the comment on a pull request, as GitHub will show it: escaped, capped, the important first. */
import { plural } from '../units.ts';
import { detailSection, type ImageUrl, overviewTable, pictureSection } from './asset-markdown.ts';
import { authorChanges } from './change-markdown.ts';
import {
  footer,
  introduction,
  leftAlone,
  lfsBandwidth,
  overBudget,
  requirements,
  undoByComment,
  undoByGit,
  viewerLink,
} from './comment-sections.ts';
import { writeMarker } from './marker.ts';
import { type Notice, renderNotices } from './notices.ts';
import type { AssetReport, Report } from './report.ts';
import { headline } from './words.ts';

/** What the comment needs besides the report. */
export interface CommentOptions {
  readonly imageUrl: ImageUrl;
  /** Goes into the hidden marker. */
  readonly scope: string;
  /** Whether the smaller files are (or are about to be) committed. */
  readonly isCommitted: boolean;
  /** Who is listening: on GitHub the comment tells of commands, in a folder of Git. */
  readonly home: 'github' | 'git';
  /** To be said before everything else. */
  readonly notices?: readonly Notice[];
  /** Where everything is that a short comment leaves out, as Markdown of ours. */
  readonly fullReport: string;
  /** The page where both files can be turned and compared; absent without a server. */
  readonly viewerUrl?: string;
  readonly limitChars?: number;
}

// GitHub refuses a comment body over 65,536 characters; the rest is room for what a publisher adds.
const COMMENT_LIMIT_CHARS = 64_000;

/** How much is told: assets that are named, that have a picture, that have a fold, and whether folds have steps. */
interface Plan {
  readonly assets: number;
  readonly pictures: number;
  readonly details: number;
  readonly steps: boolean;
}

/** From all to little; the first that fits is taken. Pictures go late: they are what people look at. */
const PLANS: readonly Plan[] = [
  { assets: 500, pictures: 20, details: 500, steps: true },
  { assets: 500, pictures: 20, details: 500, steps: false },
  { assets: 500, pictures: 20, details: 20, steps: false },
  { assets: 500, pictures: 20, details: 0, steps: false },
  { assets: 200, pictures: 10, details: 0, steps: false },
  { assets: 100, pictures: 5, details: 0, steps: false },
  { assets: 50, pictures: 1, details: 0, steps: false },
  { assets: 10, pictures: 0, details: 0, steps: false },
  { assets: 0, pictures: 0, details: 0, steps: false },
];

/** The comment, GitHub-flavoured Markdown, never longer than the limit (as long as that holds a headline). */
export function renderComment(report: Report, options: CommentOptions): string {
  const limit = options.limitChars ?? COMMENT_LIMIT_CHARS;
  for (const plan of PLANS) {
    const comment = renderPlan(report, options, plan);
    if (comment.length <= limit) return comment;
  }
  return `${writeMarker(options)}\n## ${headline(report, options.isCommitted)}\n`;
}

function renderPlan(report: Report, options: CommentOptions, plan: Plan): string {
  const { assets, job } = report;
  const { imageUrl, isCommitted, home } = options;
  const told = byImportance(assets).slice(0, plan.assets);
  const shown = told.filter(isShown);
  const isDone = isCommitted && assets.some(({ verdict }) => verdict === 'improved');
  const sections = [
    `## ${headline(report, isCommitted)}`,
    renderNotices(options.notices ?? []),
    introduction(report, isCommitted),
    lfsBandwidth(assets, isCommitted),
    viewerLink(assets, options.viewerUrl),
    overviewTable(shown),
    overBudget(told),
    ...shown.flatMap((asset, index) => [
      index < plan.pictures ? pictureSection(asset, imageUrl) : '',
      index < plan.details ? detailSection(asset, imageUrl, plan.steps) : '',
    ]),
    requirements(assets),
    leftAlone(
      told.filter((asset) => !isShown(asset)),
      shown.length > 0,
    ),
    authorChanges(told, imageUrl, plan),
    leftOut(assets, plan, options.fullReport),
    home === 'github' ? undoByComment(isDone) : undoByGit(isDone, job.commit),
    footer(report),
  ];
  return `${writeMarker(options)}\n${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

const ORDER = ['improved', 'needs-review', 'failed', 'refused', 'unchanged'] as const;

// What changes comes first, and among that what saves the most.
function byImportance(assets: readonly AssetReport[]): readonly AssetReport[] {
  const saved = ({ before, after }: AssetReport) => (after === null ? 0 : before.byteLength - after.byteLength);
  return [...assets].sort(
    (a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict) || saved(b) - saved(a) || (a.path < b.path ? -1 : 1),
  );
}

/** Whether there is a smaller version to show. */
function isShown({ verdict, after }: AssetReport): boolean {
  return after !== null && (verdict === 'improved' || verdict === 'needs-review');
}

function leftOut(assets: readonly AssetReport[], plan: Plan, fullReport: string): string {
  const shown = assets.filter(isShown).length;
  const parts = [
    assets.length > plan.assets ? `${assets.length - plan.assets} of ${plural(assets.length, 'file')}` : '',
    shown > plan.pictures ? `the pictures of ${plural(shown - plan.pictures, 'file')}` : '',
    shown > plan.details ? `the numbers of ${plural(shown - plan.details, 'file')}` : '',
    plan.steps || shown === 0 ? '' : 'the steps',
  ].filter((part) => part !== '');
  if (parts.length === 0) return '';
  return `> Left out, because a comment holds 65,536 characters: ${parts.join(', ')}. Everything is in ${fullReport}.`;
}
