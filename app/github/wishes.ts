/** What people said about files and pull requests, remembered by content, path and number. */
import * as z from 'zod';
import { changeNote, type Notes } from './notes.ts';
import type { Wishes } from './source.ts';

const texts = z.array(z.string());

// A repository that takes back more files than these has other worries.
const LEFT_LIMIT_COUNT = 10_000;

/** Reads what holds for a pull request (or, without a number, for the whole repository). */
export async function readWishes(notes: Notes, repository: string, pullNumber: number | null): Promise<Wishes> {
  const left = listOf(await notes.read(leftKey(repository)));
  const accepted = pullNumber === null ? [] : listOf(await notes.read(acceptedKey(repository, pullNumber)));
  return { left: new Set(left), accepted: new Set(accepted) };
}

/** Remembers blobs that shall stay as they are, anywhere in the repository. */
export async function rememberLeft(notes: Notes, repository: string, blobs: readonly string[]): Promise<void> {
  await changeNote(notes, leftKey(repository), (text) => {
    const all = new Set([...listOf(text), ...blobs]);
    return JSON.stringify([...all].slice(-LEFT_LIMIT_COUNT));
  });
}

/** Forgets refusals, because somebody asks for these files again. */
export async function forgetLeft(notes: Notes, repository: string, blobs: readonly string[]): Promise<void> {
  const gone = new Set(blobs);
  await changeNote(notes, leftKey(repository), (text) =>
    JSON.stringify(listOf(text).filter((blob) => !gone.has(blob))),
  );
}

/** Remembers a path whose result is taken whatever the guard says; `*` is all of them. */
export async function rememberAccepted(
  notes: Notes,
  repository: string,
  pullNumber: number,
  path: string,
): Promise<void> {
  await changeNote(notes, acceptedKey(repository, pullNumber), (text) =>
    JSON.stringify([...new Set([...listOf(text), path])]),
  );
}

/** Whether somebody asked to leave the pull request alone. */
export async function isSkipped(notes: Notes, repository: string, pullNumber: number): Promise<boolean> {
  return (await notes.read(skippedKey(repository, pullNumber))) === 'yes';
}

/** Leaves a pull request alone, or no longer. */
export function rememberSkipped(notes: Notes, repository: string, pullNumber: number, isOn: boolean): Promise<void> {
  return notes.write(skippedKey(repository, pullNumber), isOn ? 'yes' : 'no');
}

function listOf(text: string | undefined): readonly string[] {
  return text === undefined ? [] : texts.parse(JSON.parse(text));
}

const leftKey = (repository: string) => `left ${repository.toLowerCase()}`;
const acceptedKey = (repository: string, pullNumber: number) => `accepted ${repository.toLowerCase()}#${pullNumber}`;
const skippedKey = (repository: string, pullNumber: number) => `skipped ${repository.toLowerCase()}#${pullNumber}`;
