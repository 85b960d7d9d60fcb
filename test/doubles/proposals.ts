/** Proposals for tests of publishers, on a real repository. */
import { createHash } from 'node:crypto';
import { findChange } from '../../app/git/change.ts';
import { worktreePublisher } from '../../app/git/worktree-publisher.ts';
import { contentOf, type Proposal, type ProposedFile, type ReviewJob } from '../../src/index.ts';
import { makeRepository, open, type TestRepository } from './repository.ts';

// NUL bytes, as every GLB has, and line ends that a careless conversion would change.
/** A GLB, more or less. */
export const OLD = Buffer.from('glTF\0old\r\n'.repeat(20));
/** A smaller one. */
export const NEW = Buffer.from('glTF\0new\r\n');
/** SHA-256 as hexadecimal. */
export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
/** The Git LFS pointer to these bytes. */
export const pointerTo = (bytes: Uint8Array) =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256(bytes)}\nsize ${bytes.byteLength}\n`;

/** A repository with `readme.txt` on main and these files on branch `change`, checked out. */
export function startChange(files: Readonly<Record<string, string | Uint8Array>> = { 'a.glb': OLD }): TestRepository {
  const repository = makeRepository();
  repository.write('readme.txt', 'hello\n');
  repository.commit('first');
  repository.git('switch', '-q', '-c', 'change');
  for (const [name, content] of Object.entries(files)) repository.write(name, content);
  repository.commit('second');
  return repository;
}

/** What would take the place of a file at the head. */
export function file(
  repository: TestRepository,
  name: string,
  bytes = NEW,
  originalPath: string | null = null,
): ProposedFile {
  const sourceBlob = repository.git('rev-parse', `HEAD:./${name}`);
  return {
    path: name,
    mode: '100644',
    sourceBlob,
    content: contentOf(new Uint8Array(bytes)),
    digest: sha256(bytes),
    originalPath,
  };
}

/** A proposal to commit these. */
export function proposal(job: ReviewJob, files: readonly ProposedFile[]): Proposal {
  const totals = { assetCount: 0, byteLengthBefore: 0, byteLengthAfter: 0, savedBytes: 0, savedRatio: 0 };
  const tool = { name: 'glb-optimizer', version: '0' };
  const report = { schemaVersion: 1 as const, tool, job: { ...job, commit: null }, totals, assets: [] };
  const commitMessage = 'Optimize 1 GLB file\n\nDigest: café\n';
  return { job, report, files, commitMessage, images: [], models: [] };
}

/** Publishes these on what is checked out; `change` overrides what the job says. */
export async function publish(
  repository: TestRepository,
  files: readonly ProposedFile[],
  change: Partial<ReviewJob> = {},
) {
  const opened = await open(repository.directory);
  const { job } = await findChange(opened, { base: 'main' });
  return worktreePublisher(opened).publish(proposal({ ...job, ...change }, files));
}
