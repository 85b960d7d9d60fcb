/** Bytes inside a uri (RFC 2397), as glTF allows them for images: base64 only. */

/** The bytes of a `data:` uri; undefined for any other uri, and for base64 that is not. */
export function readDataUri(uri: string): Uint8Array<ArrayBuffer> | undefined {
  const [, base64] = /^data:[^,]{0,200};base64,([\s\S]*)$/i.exec(uri) ?? [];
  if (base64 === undefined) return undefined;
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
