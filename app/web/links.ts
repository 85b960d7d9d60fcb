/** Links to artifacts that work without a session, for a while: a picture, a model, a download. */
import type { Digest } from '../../src/index.ts';
import type { Sealer } from './seal.ts';

/** Makes and checks links. */
export interface ArtifactLinks {
  /** The path and query of an artifact under a name; holds for one to two hours unless said. */
  to(digest: Digest, name: string, keptMs?: number): string;
  /** The name that the link was made for; undefined when it is not ours, or too old. */
  check(digest: Digest, query: { readonly name: string; readonly until: string; readonly sign: string }): boolean;
}

const HOUR_MS = 3_600_000;

/** Links whose end is rounded, so that a page that asks again gets the same link, and the browser its cache. */
export function artifactLinks(sealer: Sealer, now: () => number): ArtifactLinks {
  const text = (digest: Digest, name: string, until: string) => JSON.stringify([digest, name, until]);
  return {
    to(digest, name, keptMs = HOUR_MS) {
      const until = String((Math.floor((now() + keptMs) / HOUR_MS) + 1) * HOUR_MS);
      return `/artifacts/${digest}?${new URLSearchParams({ name, until, sign: sealer.sign(text(digest, name, until)) })}`;
    },
    check: (digest, { name, until, sign }) => sealer.isSigned(text(digest, name, until), sign) && now() < Number(until),
  };
}
