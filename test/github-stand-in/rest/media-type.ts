/** Media types of GitHub's API. */

/** Whether the caller wants a blob's bytes instead of JSON. */
export function wantsRaw(accept: string | undefined): boolean {
  return /application\/vnd\.github(\.\w+)?\.raw/.test(accept ?? '');
}
