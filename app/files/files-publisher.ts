/** Writes what `optimize` made: beside the source, into a folder, to one file, or in its place. */
import { readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import {
  type AssetReport,
  BotError,
  type Content,
  digestOf,
  type Publisher,
  type ReportModel,
  resolveSibling,
} from '../../src/index.ts';
import { type FoundFile, shownPath } from './find-files.ts';
import { writeWhole } from './write-file.ts';

/** Where results go. */
export type FilesOutput =
  /** `<name>.optimized.glb` beside each. */
  | { readonly kind: 'beside' }
  /** Only proven results replace their sources. */
  | { readonly kind: 'in-place' }
  | { readonly kind: 'file'; readonly place: string }
  | { readonly kind: 'folder'; readonly place: string };

/** What happened to one file. */
export interface WrittenFile {
  readonly path: string;
  /** Where the result is, as people see it; null when nothing was written. */
  readonly output: string | null;
  /**
   * `unproven` is smaller, but nobody could prove that it looks the same; `changed` would have been replaced, but is no
   * longer the file that was read.
   */
  readonly kind: 'optimized' | 'unproven' | 'copied' | 'changed' | 'nothing';
}

/** The publisher, and what it wrote. */
export interface FilesPublisher extends Publisher {
  readonly written: readonly WrittenFile[];
}

/** Publishes to the disk. `folder` is the one that output paths are shown from. */
export function filesPublisher(files: readonly FoundFile[], output: FilesOutput, folder: string): FilesPublisher {
  const written: WrittenFile[] = [];
  return {
    written,
    async publish(proposal) {
      const models = new Map(proposal.models.map((model) => [model.path, model]));
      const proposed = new Map(proposal.files.map((file) => [file.path, file.content]));
      const reports = new Map(proposal.report.assets.map((asset) => [asset.path, asset]));
      for (const file of files) {
        const model = models.get(file.path);
        const report = reports.get(file.path);
        const result = decide(report, proposed.get(file.path), model, output);
        if (result.kind === 'nothing') {
          written.push({ path: file.path, output: null, kind: 'nothing' });
          continue;
        }
        // Reviews take minutes. What was saved over the source meanwhile is newer than our result.
        if (output.kind === 'in-place' && !(await isStill(file.place, report?.sourceDigest))) {
          written.push({ path: file.path, output: null, kind: 'changed' });
          continue;
        }
        // In place of a symlink is in place of what it leads to.
        const source = await realpath(file.place);
        const place = output.kind === 'in-place' ? source : placeFor(file, output);
        const mode = (await stat(source)).mode & 0o777;
        await writeWhole(place, (await result.content?.read()) ?? (await readFile(source)), mode);
        if (model !== undefined) await writeSiblings(model, path.dirname(source), path.dirname(place));
        written.push({ path: file.path, output: shownPath(place, folder), kind: result.kind });
      }
      return { commit: null };
    },
  };
}

async function isStill(place: string, digest: string | null | undefined): Promise<boolean> {
  const bytes = await readFile(place).catch(() => undefined);
  return bytes !== undefined && digestOf(bytes) === digest;
}

function decide(
  report: AssetReport | undefined,
  proposed: Content | undefined,
  model: ReportModel | undefined,
  output: FilesOutput,
): { readonly kind: WrittenFile['kind']; readonly content?: Content } {
  const isNamed = output.kind === 'file' || output.kind === 'folder';
  if (report?.verdict === 'improved') {
    const content = proposed ?? model?.after?.content;
    if (content !== undefined) return { kind: 'optimized', content };
  }
  if (report?.verdict === 'needs-review' && output.kind !== 'in-place') {
    if (model?.after) return { kind: 'unproven', content: model.after.content };
  }
  // Who names an output counts on a file there; the best one is the source.
  if (isNamed && (report?.verdict === 'unchanged' || report?.verdict === 'needs-review')) return { kind: 'copied' };
  return { kind: 'nothing' };
}

function placeFor(file: FoundFile, output: FilesOutput): string {
  switch (output.kind) {
    case 'beside':
      return file.place.replace(/\.glb$/i, '.optimized.glb');
    case 'in-place':
      return file.place;
    case 'file':
      return output.place;
    case 'folder':
      return path.join(output.place, file.within);
  }
}

/** Throws `USAGE` when two sources would go to one place, or a source would be overwritten unasked. */
export async function checkOutput(files: readonly FoundFile[], output: FilesOutput): Promise<void> {
  const sources = new Set(files.map((file) => file.place));
  const taken = new Map<string, string>();
  for (const file of files) {
    const place = placeFor(file, output);
    const real = await realpath(place).catch(() => place);
    const other = taken.get(place);
    if (other !== undefined) {
      throw new BotError('USAGE', `both ${other} and ${file.path} would be written there.`, {
        at: `-o ${place}`,
        hint: 'Name an output folder for each of them, in two runs.',
      });
    }
    if (output.kind !== 'in-place' && (sources.has(place) || sources.has(real))) {
      throw new BotError('USAGE', 'this would overwrite a source.', {
        at: `-o ${place}`,
        hint: 'Use --in-place for that.',
      });
    }
    taken.set(place, file.path);
  }
}

// External files stay external, so they must be beside the result as they are beside the source.
async function writeSiblings(model: ReportModel, from: string, to: string): Promise<void> {
  if (path.resolve(from) === path.resolve(to)) return;
  for (const [uri, content] of (model.after ?? model.before).siblings) {
    const relative = resolveSibling('asset.glb', uri);
    if (relative === undefined) continue;
    const place = path.join(to, relative);
    const bytes = await content.read();
    const there = await readFile(place).catch(() => undefined);
    if (there === undefined) await writeWhole(place, bytes);
    else if (!there.equals(bytes)) {
      throw new BotError('USAGE', 'another file of that name is in the way.', {
        at: place,
        hint: `${model.path} needs its own; choose another output folder.`,
      });
    }
  }
}
