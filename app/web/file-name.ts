/** Names of uploaded files: text, never a path. */

const NAME_LIMIT_CHARS = 120;

/** The last part of a name, without what cannot be seen, ending in `.glb`, and unlike those that are taken. */
export function freshName(given: string, taken: ReadonlySet<string>): string {
  const stem =
    visibleName(given)
      .replace(/\.glb$/i, '')
      .replace(/^\.+/, '') || 'model';
  for (let count = 1; ; count++) {
    const name = `${stem}${count === 1 ? '' : ` (${count})`}.glb`;
    if (!taken.has(name)) return name;
  }
}

/** The last part of a name, without what cannot be seen. */
export function visibleName(given: string): string {
  // Browsers write a quotation mark in this way. [HTML, multipart/form-data encoding algorithm]
  const last = given.replaceAll('%22', '"').split(/[/\\]/).at(-1) ?? '';
  // Controls and directions: a name must read as what it is.
  const visible = last.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').trim();
  return [...visible].slice(0, NAME_LIMIT_CHARS).join('');
}

/** The value of `Content-Disposition` for a name that may hold anything. */
export function disposition(kind: 'attachment' | 'inline', name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const coded = encodeURIComponent(name).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
  return `${kind}; filename="${plain}"; filename*=UTF-8''${coded}`;
}
