/** What a reader of the comment must know besides the report: why something was not committed, and what is to be done. */
import { formatBytes, plural } from '../units.ts';
import { code, plain } from './text.ts';

/** Something to say above the report. */
export type Notice =
  | { readonly kind: 'fork'; readonly headRepository: string }
  | { readonly kind: 'not-permitted'; readonly permission: string; readonly why: string }
  | { readonly kind: 'read-only' }
  | { readonly kind: 'superseded'; readonly headCommit: string }
  | { readonly kind: 'in-merge-queue' }
  | { readonly kind: 'locked'; readonly path: string; readonly owner: string }
  | { readonly kind: 'too-large'; readonly path: string; readonly byteLength: number; readonly limitBytes: number }
  | { readonly kind: 'lfs-refused'; readonly path: string; readonly why: string }
  | { readonly kind: 'own-pull-request'; readonly url: string; readonly pullNumber: number; readonly fileCount: number }
  | { readonly kind: 'own-branch-edited'; readonly branch: string }
  | { readonly kind: 'undone'; readonly fileCount: number }
  | { readonly kind: 'policy-valid'; readonly path: string; readonly changes: readonly PolicyEffect[] }
  | { readonly kind: 'policy-invalid'; readonly path: string; readonly messages: readonly string[] };

/** How a policy of the pull request would treat one of its files otherwise than the policy of the base does. */
export interface PolicyEffect {
  readonly path: string;
  readonly now: string;
  readonly later: string;
}

type Severity = 'NOTE' | 'WARNING' | 'CAUTION';

/** The notices as GitHub's own alerts; '' when there are none. */
export function renderNotices(notices: readonly Notice[]): string {
  return notices.map((notice) => alert(severityOf(notice), textOf(notice))).join('\n\n');
}

// [docs: basic writing and formatting syntax, "alerts"] Elsewhere they are block quotes.
function alert(severity: Severity, text: string): string {
  return [`[!${severity}]`, ...text.split('\n')].map((line) => `> ${line}`.trimEnd()).join('\n');
}

function severityOf({ kind }: Notice): Severity {
  if (kind === 'policy-invalid') return 'CAUTION';
  return kind === 'not-permitted' || kind === 'lfs-refused' || kind === 'too-large' ? 'WARNING' : 'NOTE';
}

function textOf(notice: Notice): string {
  switch (notice.kind) {
    case 'fork':
      return `**Nothing was committed:** the branch belongs to the fork ${code(notice.headRepository)}, and GitHub lets no App write there. A maintainer can merge and let the next pull request optimize, or the author runs \`npx glb-optimizer pr --commit\` on the branch.`;
    case 'not-permitted':
      return `**Nothing was committed:** ${plain(notice.why, 300)} The permission that is missing:\n${permissionLines(notice.permission)}`;
    case 'read-only':
      return `**Nothing was committed:** the token of this run may only read. In a workflow, two lines mend that:\n${permissionLines('contents: write')}`;
    case 'superseded':
      return `The branch has moved on from ${code(notice.headCommit.slice(0, 12))}; the newest commit is looked at now.`;
    case 'in-merge-queue':
      return '**Nothing was committed:** the pull request waits in a merge queue, and a push would throw it out.';
    case 'locked':
      return `${code(notice.path)} is left as it is: ${plain(notice.owner, 60)} has locked it in Git LFS.`;
    case 'too-large':
      return `${code(notice.path)} is left as it is: ${formatBytes(notice.byteLength)} are more than the ${formatBytes(notice.limitBytes)} that Git on GitHub takes. Keep it in Git LFS.`;
    case 'lfs-refused':
      return `${code(notice.path)} is left as it is: the LFS server does not take the new file. ${plain(notice.why, 300)}`;
    case 'own-pull-request':
      return `${plural(notice.fileCount, 'file')} optimized in #${notice.pullNumber}, as the policy wishes (\`mode: pull-request\`): merge it into this branch when you like it.`;
    case 'own-branch-edited':
      return `The branch ${code(notice.branch)} has commits of somebody else, so it is left as it is. Merge or delete it.`;
    case 'undone':
      return `**Taken back:** ${plural(notice.fileCount, 'file')} as before, byte for byte, and left alone until their content changes.`;
    case 'policy-valid':
      return policyText(notice.path, notice.changes);
    case 'policy-invalid':
      return `**${code(notice.path)} has an error**, so nothing was optimized:\n${notice.messages
        .slice(0, 20)
        .map((message) => `- ${plain(message, 400)}`)
        .join('\n')}`;
  }
}

function permissionLines(permission: string): string {
  return `\`\`\`yaml\npermissions:\n  ${clipped(permission)}\n\`\`\``;
}

// A permission as GitHub's header has it, `contents=write`, is written `contents: write` in YAML.
function clipped(permission: string): string {
  return permission
    .replace(/[^a-z_=:, -]/gi, '')
    .replace('=', ': ')
    .slice(0, 80);
}

function policyText(path: string, changes: readonly PolicyEffect[]): string {
  const head = `This pull request changes the policy ${code(path)}. The policy of the base branch holds until that is merged.`;
  if (changes.length === 0) return `${head} For the files here the new one changes nothing.`;
  const lines = changes
    .slice(0, 20)
    .map(({ path: asset, now, later }) => `- ${code(asset)}: now ${plain(now, 200)}; then ${plain(later, 200)}`);
  const rest = changes.length > 20 ? [`- and ${plural(changes.length - 20, 'more file')}`] : [];
  return [`${head} Then:`, ...lines, ...rest].join('\n');
}
