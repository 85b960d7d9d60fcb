/** The path that an external uri names, so that no uri can leave the tree it is resolved in. */

/**
 * Resolves a relative uri of a GLB against the GLB's own path; both with `/`, both from the root of the tree.
 * Undefined for anything else: a scheme, a host, an absolute path, a way above the root, a backslash, a NUL, a query.
 */
export function resolveSibling(assetPath: string, uri: string): string | undefined {
  // A query or fragment names a variant that only a web server could tell apart. A scheme is anything up to a colon
  // before the first slash (RFC 3986, 4.2); this also stops `C:` on Windows.
  if (uri === '' || /[?#\\]/.test(uri) || /^[^/]*:/.test(uri)) return undefined;
  const decoded = decodeOnce(uri);
  // Decoded, `%5C`, `%00`, `%2F..` and `C%3A` are what they name.
  if (decoded === undefined || decoded.startsWith('/') || /[\\\0]/.test(decoded) || /^[^/]*:/.test(decoded)) {
    return undefined;
  }
  const parts = assetPath.split('/').slice(0, -1);
  for (const part of decoded.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return undefined;
    } else if (part !== '.' && part !== '') {
      parts.push(part);
    }
  }
  return parts.length === 0 || decoded.endsWith('/') ? undefined : parts.join('/');
}

// Once only: `%252e` is the text `%2e`, never a dot.
function decodeOnce(uri: string): string | undefined {
  try {
    return decodeURIComponent(uri);
  } catch {
    return undefined;
  }
}

/** The files that a GLB's JSON names and does not hold, as it writes them, each once. `data:` holds its bytes. */
export function externalUris(json: { readonly images?: readonly { readonly uri?: string }[] }): readonly string[] {
  const uris = (json.images ?? []).flatMap((image) => (typeof image.uri === 'string' ? [image.uri] : []));
  return [...new Set(uris.filter((uri) => !/^data:/i.test(uri)))];
}
