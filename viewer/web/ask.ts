/** Asks our own server. What it refuses becomes an error with its words. */
import type { WebError } from '../../src/report/service.ts';

// No other site can send this header without asking first: with it, a write is known to come from a page of ours.
const OWN = { 'x-glb-optimizer': '1', accept: 'application/json' };

/** The JSON of a route. Throws the server's message, or a sentence on its status. */
export async function ask<T>(url: string, method: 'GET' | 'POST' = 'GET'): Promise<T> {
  const answer = await fetch(url, { method, headers: OWN }).catch(() => null);
  if (answer === null) throw new Error('The server cannot be reached.');
  if (!answer.ok) throw new Error(messageOf(await answer.text(), answer.status));
  return answer.json();
}

/** What went wrong, in words; `text` is the body of the answer. */
export function messageOf(text: string, status: number): string {
  try {
    const body: Partial<WebError> = JSON.parse(text);
    const { message, hint } = body.error ?? {};
    if (message) return hint ? `${message} ${hint}` : message;
  } catch {
    // Not from our server: a proxy, perhaps.
  }
  if (status === 401) return 'Please sign in first.';
  if (status === 413) return 'The file is too large for this server.';
  if (status === 429) return 'Too many requests; wait a minute and try again.';
  return `The server answered with ${status}.`;
}

/** Headers of a write, for requests that are not made here. */
export function ownHeaders(): Readonly<Record<string, string>> {
  return OWN;
}
