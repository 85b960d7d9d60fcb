/**
 * What a report's page is given: one shape for `report.html`, which carries its bytes in blocks, and for
 * `/compare/:id`, which fetches them. Types, names of blocks and the pages' policy; runs in a browser as it is.
 */
import type { Report } from './report.ts';

/** The id of the block that holds the `ReportPage` as JSON. */
export const PAGE_BLOCK_ID = 'report-page';
/** Bytes lie in blocks of this type as base64: no browser runs or shows them. */
export const BYTES_BLOCK_TYPE = 'application/octet-stream+base64';

/** The id of a block with bytes. */
export type BlockId = string;

/** One GLB: in the page, behind a URL, or left out of a page that would have become too large. */
export type PageModel =
  | {
      readonly kind: 'embedded';
      readonly block: BlockId;
      readonly byteLength: number;
      /** Files beside the GLB, by uri as written in it. */
      readonly siblings: readonly (readonly [uri: string, block: BlockId])[];
    }
  | {
      readonly kind: 'linked';
      /** Of the page's own origin, such as `/artifacts/<digest>`. */
      readonly url: string;
      readonly byteLength: number;
      readonly siblings: readonly (readonly [uri: string, url: string])[];
    }
  | { readonly kind: 'left-out'; readonly byteLength: number };

/** The files of one asset; null where there is none. */
export interface PagePair {
  readonly path: string;
  /** What the asset was before the pull request, when that changes an existing one. */
  readonly base?: PageModel | null;
  readonly before: PageModel;
  readonly after: PageModel | null;
}

/** Where the scene's files are: in blocks (a decoder is null when no model needs it; all but the environment are gzipped), or below a URL that ends in `/`. */
export type PageStage =
  | {
      readonly kind: 'embedded';
      readonly environment: BlockId;
      readonly dracoScript: BlockId | null;
      readonly dracoWasm: BlockId | null;
      readonly basisScript: BlockId | null;
      readonly basisWasm: BlockId | null;
    }
  | { readonly kind: 'linked'; readonly base: string };

/** Everything but the bytes. */
export interface ReportPage {
  readonly report: Report;
  readonly pairs: readonly PagePair[];
  /** Pictures by their name in the report: a block of a page that carries them, a URL of one that does not. */
  readonly images: readonly (readonly [name: string, place: string])[];
  readonly stage: PageStage;
}

/**
 * The Content-Security-Policy of the pages that a server gives: nothing but that server, no inline script or style.
 * `needsEval` for a page whose models use KHR_texture_basisu: its transcoder's glue makes functions from text.
 */
export function servedPagePolicy(needsEval: boolean): string {
  return [
    "default-src 'none'",
    `script-src 'self' 'wasm-unsafe-eval'${needsEval ? " 'unsafe-eval'" : ''}`,
    "style-src 'self'",
    'worker-src blob:',
    "connect-src 'self' blob: data:",
    "img-src 'self' blob: data:",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
