/** Where the page gets its report, models and pictures: from blocks in its own document. */

import type { Report } from '../src/report/report.ts';
import { PAGE_BLOCK_ID, type PageModel, type PagePair, type ReportPage } from './report-page.ts';
import type { StageFiles } from './stage-files.ts';

/** One file of a pair: its bytes and what its uris name, or how large it would be. */
export type ModelBytes =
  | {
      readonly kind: 'bytes';
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly siblings: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
    }
  | { readonly kind: 'left-out'; readonly byteLength: number };

/** A report with its bytes, which are only decoded when they are asked for. */
export interface ReportSource {
  readonly report: Report;
  /** The pair of an asset; undefined when there is nothing to show. */
  pairOf(path: string): PagePair | undefined;
  /** `onRatio` is told how much is decoded, 0 to 1. */
  readModel(model: PageModel, onRatio: (ratio: number) => void): Promise<ModelBytes>;
  /** A URL of a picture of the report; null when it is not in the page. */
  imageUrl(name: string): Promise<string | null>;
  stageFiles(): Promise<StageFiles>;
}

/** The report that is written into the document. */
export function readEmbeddedReport(document: Document): ReportSource {
  // Our own writer wrote this block, and nothing in it is ever used as markup or code.
  const page: ReportPage = JSON.parse(document.getElementById(PAGE_BLOCK_ID)?.textContent ?? 'null');
  const pairs = new Map(page.pairs.map((pair) => [pair.path, pair]));
  const images = new Map(page.images);
  const blobs = new Map<string, Promise<Blob>>();
  const urls = new Map<string, Promise<string>>();

  function blobOf(id: string, onRatio: (ratio: number) => void = () => {}): Promise<Blob> {
    const known = blobs.get(id);
    if (known) return known;
    const blob = decodeBlock(document, id, onRatio);
    blobs.set(id, blob);
    return blob;
  }

  async function bytesOf(id: string, onRatio?: (ratio: number) => void): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await (await blobOf(id, onRatio)).arrayBuffer());
  }

  return {
    report: page.report,
    pairOf: (path) => pairs.get(path),
    async readModel(model, onRatio) {
      if (model.kind === 'left-out') return model;
      const siblings = new Map<string, Uint8Array<ArrayBuffer>>();
      for (const [uri, block] of model.siblings) siblings.set(uri, await bytesOf(block));
      return { kind: 'bytes', bytes: await bytesOf(model.block, onRatio), siblings };
    },
    imageUrl(name) {
      const id = images.get(name);
      if (id === undefined) return Promise.resolve(null);
      const known = urls.get(id);
      if (known) return known;
      const url = blobOf(id).then((blob) => URL.createObjectURL(new Blob([blob], { type: 'image/webp' })));
      urls.set(id, url);
      return url;
    },
    async stageFiles() {
      const { environment, ...decoders } = page.stage;
      const plain = async (id: string | null, type: string) => {
        // Nobody asks for a decoder that no model needs.
        if (id === null) return 'data:,';
        const stream = (await blobOf(id)).stream().pipeThrough(new DecompressionStream('gzip'));
        return URL.createObjectURL(new Blob([await new Response(stream).arrayBuffer()], { type }));
      };
      return {
        environment: URL.createObjectURL(await blobOf(environment)),
        dracoScript: await plain(decoders.dracoScript, 'text/javascript'),
        dracoWasm: await plain(decoders.dracoWasm, 'application/wasm'),
        basisScript: await plain(decoders.basisScript, 'text/javascript'),
        basisWasm: await plain(decoders.basisWasm, 'application/wasm'),
      };
    },
  };
}

// 3 MiB of bytes at a time keep the page awake; a multiple of 4, so that no group of characters is cut.
const CHUNK_CHARS = 4 * 1024 * 1024;

/** Takes a block out of the document: its text is not kept beside its bytes. */
async function decodeBlock(document: Document, id: string, onRatio: (ratio: number) => void): Promise<Blob> {
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
