/** Says what a file is by its first bytes, so that a wrong one is known before it is sent, and before it is kept. */

/** How many first bytes are looked at. */
export const HEAD_BYTES = 64;

const LFS = 'version https://git-lfs';

/** Null for a GLB; else a sentence on what it is instead. `head` holds the first 64 bytes, or all where there are fewer. */
export function whyNotGlb(head: Uint8Array, byteLength: number): string | null {
  const text = String.fromCharCode(...head.subarray(0, HEAD_BYTES));
  if (byteLength === 0) return 'This file is empty.';
  if (text.startsWith('glTF')) {
    const version = head[4];
    return version === 2 ? null : `This is a GLB of version ${version ?? '?'}; only version 2 can be read.`;
  }
  if (text.startsWith(LFS)) return 'This is a Git LFS pointer, not the file itself; fetch it with `git lfs pull`.';
  if (/^(\xef\xbb\xbf)?\s*\{/.test(text)) return 'This looks like a .gltf (JSON); export it as one .glb file.';
  if (/^(\xef\xbb\xbf)?\s*<(!doctype html|html|head|body)/i.test(text))
    return 'This is a web page (HTML), not a model; perhaps a download needed a sign-in.';
  if (/^(\xef\xbb\xbf)?\s*</.test(text)) return 'This is XML, such as COLLADA or SVG; export the model as .glb.';
  if (text.startsWith('PK')) return 'This is a ZIP archive; take the .glb out of it.';
  if (text.startsWith('\x1f\x8b')) return 'This is a gzip archive; take the .glb out of it.';
  if (text.startsWith('Kaydara')) return 'This is an FBX file; export it as .glb.';
  if (text.startsWith('\x89PNG') || text.startsWith('\xff\xd8\xff') || text.slice(8, 12) === 'WEBP') {
    return 'This is a picture, not a model.';
  }
  if (text.startsWith('BLENDER')) return 'This is a Blender file; export it as .glb.';
  return 'This is not a GLB: it does not begin with “glTF”.';
}
