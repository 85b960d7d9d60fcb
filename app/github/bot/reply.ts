/** Short answers to people: a reaction to their comment, or a comment when they asked for text. */
import { clean } from '../../../src/index.ts';
import { type GitHubAccess, splitRepository } from '../access.ts';
import { unless } from '../octokit.ts';
import type { CommandPayload } from './events.ts';

/** What a reaction says: seen and under way, not permitted, not understood. */
export type Reaction = 'eyes' | '-1' | 'confused';

/** Reacts to the comment of a command; a button has none. */
export async function react(access: GitHubAccess, command: CommandPayload, content: Reaction): Promise<void> {
  if (command.commentId === null) return;
  const place = { ...splitRepository(command.repository), comment_id: command.commentId };
  // The comment may be gone by now.
  await unless([404, 422], access.octokit.rest.reactions.createForIssueComment({ ...place, content }));
}

/** Answers with a comment of its own, because somebody asked for text. */
export async function answer(access: GitHubAccess, command: CommandPayload, pullNumber: number, text: string) {
  const to = `@${clean(command.login, 60).replace(/[^\w[\]-]/g, '')}`;
  await access.octokit.rest.issues.createComment({
    ...splitRepository(command.repository),
    issue_number: pullNumber,
    body: `${to} ${text}`,
  });
}

/** Whether a person may write to the repository. What a webhook says about them is not enough. */
export async function mayWrite(access: GitHubAccess, repository: string, login: string): Promise<boolean> {
  const found = await unless(
    [404],
    access.octokit.rest.repos.getCollaboratorPermissionLevel({ ...splitRepository(repository), username: login }),
  );
  return found !== undefined && ['admin', 'maintain', 'write'].includes(found.data.permission);
}
