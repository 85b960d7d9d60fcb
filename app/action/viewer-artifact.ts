/** `report.html` as an artifact that opens in the browser: one file, not zipped. */
import { copyFile } from 'node:fs/promises';
import path from 'node:path';

// [actions/toolkit packages/artifact] GitHub opens an HTML file of this kind at once; a zip would have to be unpacked first.
const RETENTION_DAYS = 30;

/** Uploads the page; gives its id. Throws what the service answers. */
export async function uploadViewer(reportFolder: string, about: string): Promise<number | undefined> {
  // Loaded when it is needed: it is the largest part of the release, and most of its time.
  const { DefaultArtifactClient } = await import('@actions/artifact');
  // A file that is not archived is named by its own name, and two of one name in a run are an error.
  const file = path.join(reportFolder, `glb-report-${about.replace(/[^A-Za-z0-9.-]/g, '-')}.html`);
  await copyFile(path.join(reportFolder, 'report.html'), file);
  const client = new DefaultArtifactClient();
  const options = { skipArchive: true, retentionDays: RETENTION_DAYS };
  const { id } = await client.uploadArtifact(path.basename(file), [file], reportFolder, options);
  return id;
}
