/** Where the page gets its report, models and pictures: from blocks of its own document, or from its own server. */
import type { Report } from '../src/report/report.ts';
import {
  PAGE_BLOCK_ID,
  type PageModel,
  type PagePair,
  type PageStage,
  type ReportPage,
} from '../src/report/report-page.ts';
import { decodeBlock, fetchBlob } from './read-bytes.ts';
import { type StageFiles, stageFilesAt } from './stage-files.ts';

/** One file of a pair: its bytes and what its uris name, or how large it would be. */
export type ModelBytes =
  | {
      readonly kind: 'bytes';
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly siblings: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
    }
  | { readonly kind: 'left-out'; readonly byteLength: number };

type Tell = (ratio: number) => void;

/** What is on its way, and all who are told how far it is. */
interface Loading {
  readonly blob: Promise<Blob>;
  readonly told: { readonly listeners: Tell[]; ratio: number };
}

/** A report with its bytes, which are only decoded or fetched when they are asked for. */
export interface ReportSource {
  readonly report: Report;
  /** The pair of an asset; undefined when there is nothing to show. */
  pairOf(path: string): PagePair | undefined;
  /** `onRatio` is told how much is there, 0 to 1. */
  readModel(model: PageModel, onRatio: (ratio: number) => void): Promise<ModelBytes>;
  /** A URL of a picture of the report; null when it is not in the page. */
  imageUrl(name: string): Promise<string | null>;
  stageFiles(): Promise<StageFiles>;
}

/** Finds the report of this document: in its block, or where `data-page` of its body says; of `/compare/:id`, at the job's. */
export async function findReport(document: Document): Promise<ReportSource> {
  const block = document.getElementById(PAGE_BLOCK_ID);
  // Our own writer wrote this block, and nothing in it is ever used as markup or code.
  if (block) return reportSource(JSON.parse(block.textContent ?? 'null'), document);
  const id = /\/compare\/([^/]+)\/?$/.exec(location.pathname)?.[1];
  const url = document.body.dataset.page ?? (id === undefined ? null : `/api/jobs/${id}/page`);
  if (url === null) throw new Error('this address names no report');
  const answer = await fetch(url, { headers: { accept: 'application/json' } });
  if (answer.status === 404) throw new Error('this report is not here: it was never made, or it has expired');
  if (answer.status === 401 || answer.status === 403) throw new Error('you may not see this report; sign in first');
  if (!answer.ok) throw new Error(`the server answered with ${answer.status}`);
  return reportSource(await answer.json(), document);
}

function reportSource(page: ReportPage, document: Document): ReportSource {
  const pairs = new Map(page.pairs.map((pair) => [pair.path, pair]));
  const images = new Map(page.images);
  const blobs = new Map<string, Loading>();
  const urls = new Map<string, Promise<string>>();

  /** Once for each place. What failed may be asked for again. */
  function blobOf(place: string, onRatio: Tell, read: (tell: Tell) => Promise<Blob>): Promise<Blob> {
    const known = blobs.get(place);
    if (known) {
      known.told.listeners.push(onRatio);
      onRatio(known.told.ratio);
      return known.blob;
    }
    const told: Loading['told'] = { listeners: [onRatio], ratio: 0 };
    const blob = read((ratio) => {
      told.ratio = ratio;
      for (const tell of told.listeners) tell(ratio);
    });
    blobs.set(place, { blob, told });
    blob.catch(() => blobs.delete(place));
    return blob;
  }
  const blockOf = (id: string, onRatio: Tell = () => {}) =>
    blobOf(id, onRatio, (tell) => decodeBlock(document, id, tell));

  return {
    report: page.report,
    pairOf: (path) => pairs.get(path),
    async readModel(model, onRatio) {
      if (model.kind === 'left-out') return model;
      const read = (place: string, tell: Tell = () => {}, byteLength = 0) =>
        model.kind === 'embedded'
          ? blockOf(place, tell)
          : blobOf(place, tell, (told) => fetchBlob(place, byteLength, told));
      const siblings = new Map<string, Uint8Array<ArrayBuffer>>();
      for (const [uri, place] of model.siblings) siblings.set(uri, await bytesOf(await read(place)));
      const place = model.kind === 'embedded' ? model.block : model.url;
      return { kind: 'bytes', bytes: await bytesOf(await read(place, onRatio, model.byteLength)), siblings };
    },
    imageUrl(name) {
      const place = images.get(name);
      if (place === undefined) return Promise.resolve(null);
      if (page.stage.kind === 'linked') return Promise.resolve(place);
      const known = urls.get(place);
      if (known) return known;
      const url = blockOf(place).then((blob) => URL.createObjectURL(new Blob([blob], { type: 'image/webp' })));
      urls.set(place, url);
      return url;
    },
    stageFiles: () => openStage(page.stage, blockOf),
  };
}

async function bytesOf(blob: Blob): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await blob.arrayBuffer());
}

async function openStage(stage: PageStage, blockOf: (id: string) => Promise<Blob>): Promise<StageFiles> {
  if (stage.kind === 'linked') return stageFilesAt(new URL(stage.base, location.href).href);
  const plain = async (id: string | null, type: string) => {
    // Nobody asks for a decoder that no model needs.
    if (id === null) return 'data:,';
    const stream = (await blockOf(id)).stream().pipeThrough(new DecompressionStream('gzip'));
    return URL.createObjectURL(new Blob([await new Response(stream).arrayBuffer()], { type }));
  };
  return {
    environment: URL.createObjectURL(await blockOf(stage.environment)),
    dracoScript: await plain(stage.dracoScript, 'text/javascript'),
    dracoWasm: await plain(stage.dracoWasm, 'application/wasm'),
    basisScript: await plain(stage.basisScript, 'text/javascript'),
    basisWasm: await plain(stage.basisWasm, 'application/wasm'),
  };
}
