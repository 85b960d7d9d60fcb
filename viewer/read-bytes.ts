/** Bytes out of a block of the document, or over HTTP, with progress. */

// 3 MiB of bytes at a time keep the page awake; a multiple of 4, so that no group of characters is cut.
const CHUNK_CHARS = 4 * 1024 * 1024;

/** Takes a block out of the document: its text is not kept beside its bytes. `onRatio` is told 0 to 1. */
export async function decodeBlock(document: Document, id: string, onRatio: (ratio: number) => void): Promise<Blob> {
  // The page starts before all of it has arrived, and a block that is there may be there in part.
  if (document.readyState === 'loading') {
    await new Promise((resolve) => document.addEventListener('DOMContentLoaded', resolve, { once: true }));
  }
  const element = document.getElementById(id);
  if (element === null) throw new Error('this report is cut off: a part of it is missing');
  const text = element.textContent ?? '';
  element.remove();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let start = 0; start < text.length; start += CHUNK_CHARS) {
    parts.push(bytesOfBase64(text.slice(start, start + CHUNK_CHARS)));
    onRatio(Math.min(1, (start + CHUNK_CHARS) / text.length));
    if (text.length > CHUNK_CHARS) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return new Blob(parts);
}

function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** Fetches a file of our own server. `byteLength` is what it should have, 0 when that is unknown; less is an error. */
export async function fetchBlob(url: string, byteLength: number, onRatio: (ratio: number) => void): Promise<Blob> {
  const answer = await fetch(url);
  if (answer.status === 404 || answer.status === 410) throw new Error('the file is not kept any more');
  if (!answer.ok) throw new Error(`the server answered with ${answer.status}`);
  // A compressed answer's own length would be that of other bytes.
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let read = 0;
  for (const reader = answer.body?.getReader(); reader; ) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    read += value.byteLength;
    if (byteLength > 0) onRatio(Math.min(1, read / byteLength));
  }
  if (byteLength > 0 && read !== byteLength)
    throw new Error(`the connection ended after ${read} of ${byteLength} bytes`);
  return new Blob(parts);
}
