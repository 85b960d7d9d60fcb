/** Writes `report.html`: one file with the viewer, the models and the pictures inside, that asks nobody for anything. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import {
  type BlockId,
  BotError,
  BYTES_BLOCK_TYPE,
  PAGE_BLOCK_ID,
  type PageModel,
  type Report,
  type ReportImage,
  type ReportModel,
  type ReportPage,
  type StoredGlb,
} from '../src/index.ts';

/**
 * Bytes of all models together. As base64 they are a third more; a page of 80 MB of text still opens in about two
 * seconds and stays below what mail and CI artifact previews take. Beyond, the largest originals are left out.
 */
export const EMBEDDED_BYTES_LIMIT = 60_000_000;

/** Makes the page. Needs the built viewer (`npm run build`). */
export async function writeReportHtml(
  report: Report,
  models: readonly ReportModel[],
  images: readonly ReportImage[],
  limitBytes: number = EMBEDDED_BYTES_LIMIT,
): Promise<string> {
  const folder = findBuiltViewer();
  const read = (name: string) => readFile(path.join(folder, name));
  const blocks = openBlocks();
  const embedded = chooseEmbedded(models, limitBytes);
  const mentioned = await extensionsNamed(embedded, ['KHR_draco_mesh_compression', 'KHR_texture_basisu']);
  const uses = (extension: string) => mentioned.has(extension);
  const packed = async (isNeeded: boolean, name: string) =>
    isNeeded ? blocks.add(gzipSync(await read(name), { level: 9 })) : null;
  // The decoders are 0.8 MB, and few files need one. Basis also needs a looser policy: see policyOf.
  const [draco, basis] = [uses('KHR_draco_mesh_compression'), uses('KHR_texture_basisu')];
  const page: ReportPage = {
    report,
    stage: {
      kind: 'embedded',
      environment: blocks.add(await read('environment.bin')),
      dracoScript: await packed(draco, 'draco_wasm_wrapper.js'),
      dracoWasm: await packed(draco, 'draco_decoder.wasm'),
      basisScript: await packed(basis, 'basis_transcoder.js'),
      basisWasm: await packed(basis, 'basis_transcoder.wasm'),
    },
    images: await inOrder(images, async ({ name, content }) => [name, blocks.add(await content.read())] as const),
    pairs: await inOrder(models, async ({ path: assetPath, base, before, after }) => ({
      path: assetPath,
      ...(base ? { base: await pageModel(base, embedded, blocks) } : {}),
      before: await pageModel(before, embedded, blocks),
      after: after && (await pageModel(after, embedded, blocks)),
    })),
  };
  const [shell, script, style, font] = await Promise.all(
    ['report.html', 'main.js', 'main.css', 'inter.woff2'].map(read),
  );
  if (!shell || !script || !style || !font) throw new BotError('INTERNAL', 'the viewer is incomplete');
  return assemble({
    shell: shell.toString(),
    script: asInlineScript(script.toString()),
    style: `${fontFace(font)}\n${style.toString()}`,
    page,
    blocks: blocks.text(),
    needsEval: basis,
  });
}

/** The built viewer: beside dist/app, or in dist when the sources run. */
function findBuiltViewer(): string {
  const found = ['../viewer', '../dist/viewer']
    .map((relative) => fileURLToPath(new URL(relative, import.meta.url)))
    .find((folder) => existsSync(path.join(folder, 'main.js')));
  if (found !== undefined) return found;
  throw new BotError('INTERNAL', 'the viewer is not built', { hint: 'Run `npm run build`.' });
}

interface Parts {
  readonly shell: string;
  readonly script: string;
  readonly style: string;
  readonly page: ReportPage;
  readonly blocks: string;
  readonly needsEval: boolean;
}

/** Puts the parts into the shell. The script comes before the bytes, so that names and numbers show while those arrive. */
function assemble({ shell, script, style, page, blocks, needsEval }: Parts): string {
  const head = [
    `<meta http-equiv="Content-Security-Policy" content="${policyOf(script, style, needsEval)}" />`,
    `<style>${style}</style>`,
  ].join('\n');
  const body = [
    `<script type="application/json" id="${PAGE_BLOCK_ID}">${asInlineJson(page)}</script>`,
    `<script type="module" async>${script}</script>`,
    blocks,
  ].join('\n');
  // Functions, because a `$` in a replacement text has a meaning.
  return shell.replace('<!-- head -->', () => head).replace('<!-- body -->', () => body);
}

/**
 * No network at all; our script and our style by their hashes. Decoders run in blob: workers, which inherit the policy.
 * The Basis transcoder's glue makes functions from text, hence 'unsafe-eval' in pages that carry it.
 */
function policyOf(script: string, style: string, needsEval: boolean): string {
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return [
    "default-src 'none'",
    `script-src ${hash(script)} 'wasm-unsafe-eval'${needsEval ? " 'unsafe-eval'" : ''}`,
    `style-src ${hash(style)}`,
    'worker-src blob:',
    'connect-src blob: data:',
    'img-src blob: data:',
    'font-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** All files that fit: bases go first, then originals, the largest before the others, then results. */
function chooseEmbedded(models: readonly ReportModel[], limitBytes: number): ReadonlySet<StoredGlb> {
  const bySize = (files: readonly StoredGlb[]) => [...files].sort((a, b) => sizeOf(b) - sizeOf(a));
  const originals = bySize(models.map(({ before }) => before));
  const results = bySize(models.flatMap(({ after }) => (after ? [after] : [])));
  const bases = bySize(models.flatMap(({ base }) => (base ? [base] : [])));
  const order = [...bases, ...originals, ...results];
  const kept = new Set(order);
  let total = [...kept].reduce((sum, file) => sum + sizeOf(file), 0);
  for (const file of order) {
    if (total <= limitBytes) break;
    if (kept.delete(file)) total -= sizeOf(file);
  }
  return kept;
}

function sizeOf({ content, siblings }: StoredGlb): number {
  return [...siblings.values()].reduce((sum, sibling) => sum + sibling.byteLength, content.byteLength);
}

async function pageModel(file: StoredGlb, embedded: ReadonlySet<StoredGlb>, blocks: Blocks): Promise<PageModel> {
  const { byteLength } = file.content;
  if (!embedded.has(file)) return { kind: 'left-out', byteLength };
  const siblings = await inOrder([...file.siblings], async ([uri, sibling]) => {
    return [uri, blocks.add(await sibling.read())] as const;
  });
  return { kind: 'embedded', block: blocks.add(await file.content.read()), byteLength, siblings };
}

async function extensionsNamed(
  files: Iterable<StoredGlb>,
  extensions: readonly string[],
): Promise<ReadonlySet<string>> {
  const named = new Set<string>();
  for (const { content } of files) {
    const bytes = await content.read();
    for (const extension of extensions) if (jsonMentions(bytes, extension)) named.add(extension);
  }
  return named;
}

/** One after the other: bytes are held only as long as they are looked at. */
async function inOrder<From, To>(items: readonly From[], make: (item: From) => Promise<To>): Promise<To[]> {
  const made: To[] = [];
  for (const item of items) made.push(await make(item));
  return made;
}

/** Whether the JSON chunk names an extension. A name in a text would cost a decoder too many, never one too few. */
function jsonMentions(bytes: Uint8Array<ArrayBuffer>, extension: string): boolean {
  if (bytes.byteLength < 20) return false;
  const jsonLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(12, true);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .subarray(20, 20 + jsonLength)
    .includes(extension);
}

/** Collects blocks; equal bytes are kept once. */
interface Blocks {
  add(bytes: Uint8Array): BlockId;
  text(): string;
}

function openBlocks(): Blocks {
  const texts = new Map<BlockId, string>();
  return {
    add(bytes) {
      const id = `bytes-${createHash('sha256').update(bytes).digest('hex').slice(0, 24)}`;
      if (!texts.has(id)) {
        const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
        texts.set(id, `<script type="${BYTES_BLOCK_TYPE}" id="${id}">${base64}</script>`);
      }
      return id;
    },
    text: () => [...texts.values()].join('\n'),
  };
}

/** JSON that cannot end its element: `<` never appears. */
function asInlineJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

/** Script that cannot end its element; `<!--` would start an escape that swallows the end tag. */
function asInlineScript(script: string): string {
  return script.replace(/<\/(script)/gi, '<\\/$1').replaceAll('<!--', '<\\!--');
}

function fontFace(font: Buffer): string {
  const source = `url(data:font/woff2;base64,${font.toString('base64')}) format('woff2')`;
  return `@font-face { font-family: Inter; font-weight: 100 900; font-display: block; src: ${source}; }`;
}
