/** The release as a tag would be fetched: packed, and unpacked into an empty folder outside the project. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeRelease } from '../../scripts/package.ts';

/** A fetched release. */
export interface FetchedRelease extends Disposable {
  /** The action's folder. */
  readonly folder: string;
  readonly byteLength: number;
}

/** Makes the release of this machine's platform and fetches it as a runner does. */
export async function fetchRelease(): Promise<FetchedRelease> {
  const home = mkdtempSync(path.join(tmpdir(), 'glb-optimizer-release-'));
  const made = path.join(home, 'made');
  const byteLength = await makeRelease(made, 'here');
  const archive = path.join(home, 'v1.tar.gz');
  execFileSync('tar', ['-czf', archive, '-C', made, '.']);
  rmSync(made, { recursive: true });
  const folder = path.join(home, '_actions/octo-org/glb-optimizer/v1');
  mkdirSync(folder, { recursive: true });
  execFileSync('tar', ['-xzf', archive, '-C', folder]);
  return { folder, byteLength, [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true }) };
}
