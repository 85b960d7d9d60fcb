/** A reviewed asset as it comes back from a process that is not trusted: what it may say, and what we say ourselves. */
import { digestOf, readContainer } from './asset/glb.ts';
import { contentOf } from './content.ts';
import { BotError } from './errors.ts';
import { isFindingCode } from './finding.ts';
import type { Inspection } from './inspection.ts';
import type { GlbFile, ReportImage } from './ports.ts';
import { changeImageName, imageName, proposedFile, type ReviewedAsset, storedGlb } from './propose.ts';
import { type AssetReport, inspectionSchema, readAssetReport } from './report/report.ts';
import type { Assignment } from './review.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** JSON and bytes, nothing else: no path, no name and no digest of it is believed. */
export interface Answer {
  /** The asset's entry of the report. */
  readonly report: unknown;
  /** The smaller file, for the viewer or for the commit. */
  readonly output: Bytes | null;
  /** The output is to be committed. */
  readonly isProposed: boolean;
  /** The pictures, in the order of `PICTURES`. */
  readonly pictures: readonly Bytes[];
  /** The file at the base beside the one at the head. */
  readonly changePicture: Bytes | null;
}

const PICTURES = ['comparison', 'sheet'] as const;

// The largest that we draw has some 700 kB.
const PICTURE_LIMIT_BYTES = 16 * 1024 * 1024;

/** What the process says of the asset it reviewed. */
export async function writeAnswer(reviewed: ReviewedAsset): Promise<Answer> {
  const { report, file, images, model } = reviewed;
  const named = PICTURES.flatMap((kind) => images.find(({ name }) => name === report.images[kind]) ?? []);
  const changePicture = images.find(({ name }) => name === report.change?.images.comparison);
  const [output, ...pictures] = await Promise.all(
    [model?.after?.content, ...named.map(({ content }) => content)].map((content) => content?.read()),
  );
  return {
    report,
    output: output ?? null,
    isProposed: file !== null,
    pictures: pictures.flatMap((picture) => picture ?? []),
    changePicture: (await changePicture?.content.read()) ?? null,
  };
}

/** Believes of an answer what it has to, and checks the rest; throws `ANSWER_INVALID`. */
export function readAnswer(answer: Answer, assignment: Assignment, siblings: GlbFile['siblings']): ReviewedAsset {
  const { asset, rule, bytes } = assignment;
  const { output } = answer;
  const said = readAssetReport(answer.report);
  const digest = output === null ? null : digestOf(output);
  if (output !== null) checkOutput(output, bytes.byteLength);
  const hasResult = said.verdict === 'improved' || said.verdict === 'needs-review';
  if (hasResult !== (output !== null) || hasResult !== (said.after !== null)) throw invalid('a result and no file');
  if (answer.isProposed && (said.verdict !== 'improved' || rule.mode === 'report')) throw invalid('an unasked commit');
  const images: readonly ReportImage[] =
    digest === null
      ? []
      : checkPictures(answer.pictures).map((picture, place) => nameOf(asset.path, digest, picture, place));
  const { change: saidChange, isLfs: _, ...rest } = said;
  const change = checkChange(saidChange, answer.changePicture, assignment);
  const report = {
    ...rest,
    ...change.report,
    ...(assignment.isLfs === true ? { isLfs: true } : {}),
    path: asset.path,
    before: { ...said.before, byteLength: bytes.byteLength },
    after: said.after === null || output === null ? null : { ...said.after, byteLength: output.byteLength },
    sourceDigest: digestOf(bytes),
    outputDigest: digest,
    sourceBlob: asset.blob === '' ? null : asset.blob,
    images: Object.fromEntries(images.map(({ name }, place) => [PICTURES[place] ?? '', name])),
  };
  if (output === null || digest === null) return { report, file: null, images: change.images, model: null };
  return {
    report,
    file: answer.isProposed ? proposedFile(asset, rule, output, digest) : null,
    images: [...images, ...change.images],
    model: {
      path: asset.path,
      ...(assignment.base && { base: storedGlb({ bytes: assignment.base, siblings: new Map() }) }),
      before: storedGlb({ bytes, siblings }),
      after: storedGlb({ bytes: output, siblings }),
    },
  };
}

/** Believes of a comparison as much as of a review: its numbers, and pictures that are some; throws `ANSWER_INVALID`. */
export function readComparison(
  answer: Pick<Answer, 'report' | 'pictures'>,
  { before, after }: { readonly before: GlbFile; readonly after: GlbFile & { readonly path: string } },
): ReviewedAsset {
  const { change: _change, isLfs: _isLfs, ...said } = readAssetReport(answer.report);
  if (said.after === null) throw invalid('a comparison of one file');
  const { path } = after;
  const digest = digestOf(after.bytes);
  const images = checkPictures(answer.pictures).map((picture, place) => nameOf(path, digest, picture, place));
  const report = {
    ...said,
    path,
    before: { ...said.before, byteLength: before.bytes.byteLength },
    after: { ...said.after, byteLength: after.bytes.byteLength },
    sourceDigest: digestOf(before.bytes),
    outputDigest: digest,
    sourceBlob: null,
    images: Object.fromEntries(images.map(({ name }, place) => [PICTURES[place] ?? '', name])),
  };
  return { report, file: null, images, model: { path, before: storedGlb(before), after: storedGlb(after) } };
}

/** What the author changed, of which only numbers and the picture's bytes are believed; nothing where no base was given. */
function checkChange(
  said: AssetReport['change'],
  picture: Bytes | null,
  { asset, bytes, base }: Assignment,
): { readonly report: Pick<AssetReport, 'change'>; readonly images: readonly ReportImage[] } {
  if (base === undefined || said === undefined) return { report: {}, images: [] };
  if (picture !== null && !isPicture(picture)) throw invalid('a picture that is none');
  const name = changeImageName(asset.path, digestOf(bytes));
  const change = {
    ...said,
    basePath: asset.base?.path ?? asset.path,
    before: { ...said.before, byteLength: base.byteLength },
    images: picture === null ? {} : { comparison: name },
  };
  return { report: { change }, images: picture === null ? [] : [{ name, content: contentOf(picture) }] };
}

function checkOutput(output: Bytes, limitBytes: number): void {
  if (output.byteLength >= limitBytes) throw invalid(`${output.byteLength} bytes for a file of ${limitBytes}`);
  const opened = readContainer(output);
  if (!('json' in opened)) throw invalid(opened[0]?.message ?? 'a file that is no GLB');
}

function checkPictures(pictures: readonly Bytes[]): readonly Bytes[] {
  const isWhole = pictures.length === 0 || pictures.length === PICTURES.length;
  if (!isWhole || !pictures.every(isPicture)) throw invalid('pictures that are none');
  return pictures;
}

function isPicture(bytes: Bytes): boolean {
  const text = String.fromCharCode(...bytes.subarray(0, 12));
  return bytes.byteLength <= PICTURE_LIMIT_BYTES && text.startsWith('RIFF') && text.endsWith('WEBP');
}

function nameOf(path: string, digest: string, bytes: Bytes, place: number): ReportImage {
  return { name: imageName(path, digest, PICTURES[place] ?? 'hero'), content: contentOf(bytes) };
}

function invalid(received: string): BotError {
  return new BotError('ANSWER_INVALID', `the process that reviewed the asset gave ${received}.`);
}

/** Checks an inspection that comes from such a process; throws `ANSWER_INVALID`. */
export function readInspection(json: unknown): Inspection {
  const parsed = inspectionSchema.safeParse(json);
  if (!parsed.success) throw invalid('no inspection');
  const findings = parsed.data.findings.map(({ code, severity, pointer, message }) => {
    if (!isFindingCode(code)) throw invalid('a finding of no known code');
    return { code, severity, pointer, message };
  });
  return { ...parsed.data, findings };
}
