/** A look at a repository before anything is written into it: which models it tracks, where their bytes are, who loads them. */
import type { ChangedAsset, GitSource } from '../../../src/index.ts';
import { readLfsPointer, resolveTarget } from '../../../src/index.ts';
import { git, splitRecords } from '../../git/git.ts';
import { openObjects } from '../../git/objects.ts';
import type { Repository } from '../../git/repository.ts';
import { isRegularFile, splitHead } from '../../git/tree.ts';

/** One tracked GLB. */
export interface SurveyedAsset {
  readonly asset: ChangedAsset;
  /** Of the model, also where Git holds only a pointer to it. */
  readonly byteLength: number;
  readonly isLfs: boolean;
}

/** What there is. */
export interface Survey {
  /** The commit that was looked at; null in a repository without one. */
  readonly commit: string | null;
  /** The largest first. */
  readonly assets: readonly SurveyedAsset[];
  readonly byteLength: number;
  readonly lfsCount: number;
}

// A pointer has less than 1,024 bytes. [git-lfs docs/spec.md]
const POINTER_LIMIT_BYTES = 1024;

/** Reads the tree of a commit, and of LFS files their pointers. */
export async function survey(repository: Repository, commit: string | null): Promise<Survey> {
  if (commit === null) return { commit, assets: [], byteLength: 0, lfsCount: 0 };
  const output = await git(repository, ['ls-tree', '-r', '-z', '--full-tree', commit]);
  const files = splitRecords(output).flatMap((record) => {
    const [mode = '', , blob = '', path = ''] = splitHead(record, '\t');
    return /\.glb$/i.test(path) && isRegularFile(mode) ? [{ path, mode, blob }] : [];
  });
  await using objects = openObjects(repository);
  const assets: SurveyedAsset[] = [];
  for (const file of files) {
    const byteLength = await objects.sizeOf(file.blob);
    const small = byteLength < POINTER_LIMIT_BYTES ? await objects.read(file.blob, POINTER_LIMIT_BYTES) : undefined;
    const pointer = small?.kind === 'bytes' ? readLfsPointer(small.bytes) : undefined;
    const asset: ChangedAsset = { ...file, change: 'added', byteLength };
    assets.push({ asset, byteLength: pointer?.byteLength ?? byteLength, isLfs: pointer !== undefined });
  }
  assets.sort((a, b) => b.byteLength - a.byteLength);
  return {
    commit,
    assets,
    byteLength: assets.reduce((sum, { byteLength }) => sum + byteLength, 0),
    lfsCount: assets.filter(({ isLfs }) => isLfs).length,
  };
}

/** What `target: auto` means for the models, with the reason: one line for each answer. */
export async function targetsOf(source: GitSource, assets: readonly SurveyedAsset[]): Promise<readonly string[]> {
  const answers = new Set<string>();
  for (const { asset } of assets) {
    const { target, why } = resolveTarget('auto', await source.readManifests(asset));
    answers.add(`${target} (${why})`);
  }
  return [...answers];
}
