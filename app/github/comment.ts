/** The one comment of ours on a pull request: found by author and marker, updated in place, gone when somebody deleted it. */
import { readMarker } from '../../src/index.ts';
import { type GitHubAccess, type Identity, splitRepository } from './access.ts';
import type { Notes } from './notes.ts';
import { unless } from './octokit.ts';

/** Which comment. */
export interface CommentPlace {
  readonly repository: string;
  readonly pullNumber: number;
  /** Of the marker, so that two checks on one pull request keep a comment each. */
  readonly scope: string;
}

/** What became of it. */
export type CommentAnswer =
  | { readonly kind: 'written'; readonly id: number; readonly url: string }
  | { readonly kind: 'deleted' };

// GitHub refuses longer ones. [docs: 422 "body is too long"]
const BODY_LIMIT_CHARS = 65_536;

// Two jobs of one process take turns; two processes find out afterwards, see `withoutTwins`.
const turns = new Map<string, Promise<unknown>>();

/** Writes the comment. A comment that somebody deleted is not written again. */
export async function writeComment(
  access: GitHubAccess,
  place: CommentPlace,
  notes: Notes,
  body: string,
): Promise<CommentAnswer> {
  const key = keyOf(place);
  const before = turns.get(key) ?? Promise.resolve();
  const mine = before.then(() => write(access, place, notes, body.slice(0, BODY_LIMIT_CHARS)));
  const settled = mine.catch(() => {});
  turns.set(key, settled);
  try {
    return await mine;
  } finally {
    if (turns.get(key) === settled) turns.delete(key);
  }
}

async function write(access: GitHubAccess, place: CommentPlace, notes: Notes, body: string): Promise<CommentAnswer> {
  const repository = splitRepository(place.repository);
  const { issues } = access.octokit.rest;
  const known = Number((await notes.read(keyOf(place))) ?? Number.NaN);
  // By its id first: reading all comments of a long pull request costs calls each time.
  if (Number.isInteger(known)) {
    const updated = await unless([404, 410], issues.updateComment({ ...repository, comment_id: known, body }));
    return updated === undefined
      ? { kind: 'deleted' }
      : { kind: 'written', id: updated.data.id, url: updated.data.html_url };
  }
  const [first] = await ours(access, place);
  const written =
    first === undefined
      ? await issues.createComment({ ...repository, issue_number: place.pullNumber, body })
      : await issues.updateComment({ ...repository, comment_id: first, body });
  const id = await withoutTwins(access, place, written.data.id, body);
  await notes.write(keyOf(place), String(id));
  return { kind: 'written', id, url: written.data.html_url.replace(/\d+$/, String(id)) };
}

// Somebody else of us may have written at the same moment: the oldest stays, with the text of whoever came last.
async function withoutTwins(access: GitHubAccess, place: CommentPlace, mine: number, body: string): Promise<number> {
  const all = await ours(access, place);
  const [first = mine, ...rest] = all;
  if (rest.length === 0) return first;
  const repository = splitRepository(place.repository);
  const { issues } = access.octokit.rest;
  if (first !== mine) await unless([404], issues.updateComment({ ...repository, comment_id: first, body }));
  for (const id of rest) await unless([404], issues.deleteComment({ ...repository, comment_id: id }));
  return first;
}

// All of them, oldest first. The author counts: a marker can be quoted by anybody.
async function ours(access: GitHubAccess, place: CommentPlace): Promise<readonly number[]> {
  const me = await access.identity();
  const comments = await access.octokit.paginate(access.octokit.rest.issues.listComments, {
    ...splitRepository(place.repository),
    issue_number: place.pullNumber,
    per_page: 100,
  });
  return comments
    .filter(({ user, body }) => isUs(user, me) && readMarker(body ?? '')?.scope === place.scope)
    .map(({ id }) => id)
    .sort((a, b) => a - b);
}

/** Whether an account is the one that we write with. */
export function isUs(user: { readonly login?: string } | null | undefined, me: Identity): boolean {
  return user?.login?.toLowerCase() === me.login.toLowerCase();
}

function keyOf({ repository, pullNumber, scope }: CommentPlace): string {
  return `comment ${repository.toLowerCase()}#${pullNumber} ${scope}`;
}
