/** The hidden first line of a comment, by which we find it again. */

/** What the marker says. */
export interface Marker {
  /** What the comment is about, so that two checks on one pull request keep a comment each. */
  readonly scope: string;
}

// `-` is escaped too: two of them, or `-->`, would end the HTML comment.
const MARKER = /^<!-- glb-optimizer:v1 scope=([^\s<>-]*) -->/;

/** The marker as an HTML comment, to stand first. A scope with half a surrogate pair is mended. */
export function writeMarker(marker: Marker): string {
  const scope = encodeURIComponent(marker.scope.toWellFormed()).replaceAll('-', '%2D');
  return `<!-- glb-optimizer:v1 scope=${scope} -->`;
}

/** The marker of a comment; undefined when it does not begin with one. That it is quoted further down does not count. */
export function readMarker(body: string): Marker | undefined {
  const scope = MARKER.exec(body)?.[1];
  if (scope === undefined) return undefined;
  try {
    return { scope: decodeURIComponent(scope) };
  } catch {
    return undefined;
  }
}
