/** Comments, reactions and labels of a pull request's conversation. */
import { emit } from '../events/emit.ts';
import { includes, roleOf } from '../http/access.ts';
import { ApiError, invalid, notFound } from '../http/api-error.ts';
import {
  created,
  list,
  noContent,
  ok,
  type Reply,
  type RepositoryCall,
  type RepositoryRoute,
  reading,
  repositoryRoute,
  taking,
  textIn,
  writing,
} from '../http/route.ts';
import { commentsOf, presentComment, presentIssue, presentLabel, presentReaction } from '../present/pull.ts';
import type { App } from '../world/app.ts';
import type { Comment, Pull } from '../world/repository.ts';
import { type Account, now, type World } from '../world/world.ts';
import { actorOf } from './commit-to.ts';
import { pullIn } from './pulls.ts';

// GitHub refuses more with 422. [many threads; reg-actions src/comment.ts]
const BODY_LIMIT_CHARS = 65_536;

/** Writes a comment and tells of it. Throws 422 for an empty or too long one. */
export function addComment(world: World, pull: Pull, author: Account, body: string, app: App | null = null): Comment {
  checkBody(body);
  const comment: Comment = {
    id: world.nextId(),
    pull,
    author,
    app,
    createdAt: now(),
    updatedAt: now(),
    body,
    reactions: [],
  };
  pull.repository.comments.set(comment.id, comment);
  emitComment(world, comment, 'created', author);
  return comment;
}

function checkBody(body: string): void {
  if (body.trim() === '') throw invalid('IssueComment', 'body', 'missing_field', 'body cannot be blank');
  if (body.length > BODY_LIMIT_CHARS) {
    throw new ApiError(422, 'Validation Failed', {
      errors: [
        {
          resource: 'IssueComment',
          code: 'unprocessable',
          field: 'data',
          message: 'Body is too long (maximum is 65536 characters)',
        },
      ],
    });
  }
}

/** Writes a comment anew and tells of it. Throws 422 for an empty or too long one. */
export function editComment(world: World, comment: Comment, body: string, actor: Account): void {
  checkBody(body);
  const from = comment.body;
  comment.body = body;
  comment.updatedAt = now();
  if (from !== body) emitComment(world, comment, 'edited', actor, { changes: { body: { from } } });
}

/** Deletes a comment and tells of it. */
export function removeComment(world: World, comment: Comment, actor: Account): void {
  comment.pull.repository.comments.delete(comment.id);
  emitComment(world, comment, 'deleted', actor);
}

function emitComment(
  world: World,
  comment: Comment,
  action: string,
  sender: Account,
  more: Readonly<Record<string, unknown>> = {},
): void {
  const { pull } = comment;
  const payload = { action, issue: presentIssue(world, pull), comment: presentComment(world, comment), ...more };
  emit(world, { event: 'issue_comment', repository: pull.repository, sender, payload });
}

function commentIn({ repository, params }: RepositoryCall): Comment {
  const comment = repository.comments.get(Number(params.comment_id));
  if (comment === undefined) throw notFound();
  return comment;
}

function listComments(call: RepositoryCall): Reply {
  const since = call.query.get('since');
  const comments = commentsOf(pullIn(call)).filter(({ updatedAt }) => since === null || updatedAt >= since);
  return list(comments.map((comment) => presentComment(call.world, comment)));
}

function createComment(call: RepositoryCall): Reply {
  const { caller, world, body } = call;
  const app = caller.kind === 'installation' ? caller.token.installation.app : null;
  return created(
    presentComment(world, addComment(world, pullIn(call), actorOf(call), textIn(body, 'body') ?? '', app)),
  );
}

/** A person edits own comments, or any with write access; an App edits only what it wrote, unless it may write issues. */
function requireEdit(call: RepositoryCall, comment: Comment): Account {
  const actor = actorOf(call);
  if (comment.author === actor || call.caller.kind === 'installation') return actor;
  if (!includes(roleOf(call.repository, actor), 'write'))
    throw new ApiError(403, 'Must have admin rights to Repository.');
  return actor;
}

function updateComment(call: RepositoryCall): Reply {
  const comment = commentIn(call);
  const actor = requireEdit(call, comment);
  editComment(call.world, comment, textIn(call.body, 'body') ?? '', actor);
  return ok(presentComment(call.world, comment));
}

function deleteComment(call: RepositoryCall): Reply {
  const comment = commentIn(call);
  removeComment(call.world, comment, requireEdit(call, comment));
  return noContent();
}

function createReaction(call: RepositoryCall): Reply {
  const { world, body } = call;
  const comment = commentIn(call);
  const author = actorOf(call);
  const content = textIn(body, 'content') ?? '';
  const known = comment.reactions.find((one) => one.author === author && one.content === content);
  if (known !== undefined) return ok(presentReaction(world, known));
  const reaction = { id: world.nextId(), author, content, createdAt: now() };
  comment.reactions.push(reaction);
  return created(presentReaction(world, reaction));
}

function deleteReaction(call: RepositoryCall): Reply {
  const { reactions } = commentIn(call);
  const at = reactions.findIndex(({ id }) => id === Number(call.params.reaction_id));
  if (at < 0) throw notFound();
  reactions.splice(at, 1);
  return noContent();
}

function labels(call: RepositoryCall): Reply {
  const pull = pullIn(call);
  return list([...pull.labels].map((name) => presentLabel(call.world, pull.repository, name)));
}

function addLabels(call: RepositoryCall): Reply {
  const given = call.body.labels;
  const pull = pullIn(call);
  for (const label of Array.isArray(given) ? given : [])
    pull.labels.add(typeof label === 'string' ? label : String(label.name));
  return ok([...pull.labels].map((name) => presentLabel(call.world, pull.repository, name)));
}

function removeLabel(call: RepositoryCall): Reply {
  const pull = pullIn(call);
  if (!pull.labels.delete(call.params.name ?? '')) throw new ApiError(404, 'Label does not exist');
  return ok([...pull.labels].map((name) => presentLabel(call.world, pull.repository, name)));
}

const READ = reading('issues', 'pull_requests');
const TAKE = taking('issues', 'pull_requests');
const ONE = '/issues/comments/{comment_id}';

/** The routes of conversations. */
export const commentRoutes: readonly RepositoryRoute[] = [
  repositoryRoute('GET', ONE, READ, (call) => ok(presentComment(call.world, commentIn(call)))),
  repositoryRoute('PATCH', ONE, TAKE, updateComment),
  repositoryRoute('DELETE', ONE, TAKE, deleteComment),
  repositoryRoute('GET', `${ONE}/reactions`, READ, (call) =>
    list(commentIn(call).reactions.map((reaction) => presentReaction(call.world, reaction))),
  ),
  repositoryRoute('POST', `${ONE}/reactions`, TAKE, createReaction),
  repositoryRoute('DELETE', `${ONE}/reactions/{reaction_id}`, TAKE, deleteReaction),
  repositoryRoute('GET', '/issues/{issue_number}', READ, (call) => ok(presentIssue(call.world, pullIn(call)))),
  repositoryRoute('GET', '/issues/{issue_number}/comments', READ, listComments),
  repositoryRoute('POST', '/issues/{issue_number}/comments', TAKE, createComment),
  repositoryRoute('GET', '/issues/{issue_number}/labels', READ, labels),
  repositoryRoute('POST', '/issues/{issue_number}/labels', writing('issues', 'pull_requests'), addLabels),
  repositoryRoute('DELETE', '/issues/{issue_number}/labels/{name}', writing('issues', 'pull_requests'), removeLabel),
];
