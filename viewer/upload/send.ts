/** Sends files with progress, which `fetch` cannot tell. */
import type { UploadAccepted } from '../../src/report/service.ts';
import { messageOf, ownHeaders } from '../web/ask.ts';

/** What is sent: the wishes first, so that the server knows them while the bytes still come. */
export interface Sending {
  readonly files: readonly File[];
  readonly preset: string;
  readonly target: string;
}

/** Posts to `/api/uploads`. `onRatio` is told 0 to 1; an abort rejects. */
export function sendFiles(
  { files, preset, target }: Sending,
  onRatio: (ratio: number) => void,
  signal: AbortSignal,
): Promise<UploadAccepted> {
  const form = new FormData();
  form.append('preset', preset);
  form.append('target', target);
  for (const file of files) form.append('file', file, file.name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', '/api/uploads');
    for (const [name, value] of Object.entries(ownHeaders())) request.setRequestHeader(name, value);
    request.upload.addEventListener('progress', ({ loaded, total }) => onRatio(total > 0 ? loaded / total : 0));
    request.addEventListener('load', () => {
      if (request.status === 202) resolve(JSON.parse(request.responseText));
      else reject(new Error(messageOf(request.responseText, request.status)));
    });
    request.addEventListener('error', () => reject(new Error('The connection was cut; nothing was kept. Try again.')));
    request.addEventListener('abort', () => reject(new Error('Stopped.')));
    signal.addEventListener('abort', () => request.abort());
    request.send(form);
  });
}
