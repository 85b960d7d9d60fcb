/**
 * What `report.html` carries, as it is written. The page is another program and has the same shape in
 * viewer/report-page.ts; a test compares the two.
 */
import type { Report } from '../src/index.ts';

/** The id of the block that holds the `ReportPage` as JSON. */
export const PAGE_BLOCK_ID = 'report-page';
/** Bytes lie in blocks of this type as base64: no browser runs or shows them. */
export const BYTES_BLOCK_TYPE = 'application/octet-stream+base64';

/** The id of a block with bytes. */
export type BlockId = string;

/** One GLB in the page. */
export type PageModel =
  | {
      readonly kind: 'embedded';
      readonly block: BlockId;
      readonly byteLength: number;
      /** Files beside the GLB, by uri as written in it. */
      readonly siblings: readonly (readonly [uri: string, block: BlockId])[];
    }
  | { readonly kind: 'left-out'; readonly byteLength: number };

/** Both sides of one asset; null where there is no file. */
export interface PagePair {
  readonly path: string;
  readonly before: PageModel;
  readonly after: PageModel | null;
}

/** Everything but the bytes. */
export interface ReportPage {
  readonly report: Report;
  readonly pairs: readonly PagePair[];
  /** Pictures by their name in the report. */
  readonly images: readonly (readonly [name: string, block: BlockId])[];
  /** The scene's files; a decoder is null when no model needs it. All but the environment are gzipped. */
  readonly stage: {
    readonly environment: BlockId;
    readonly dracoScript: BlockId | null;
    readonly dracoWasm: BlockId | null;
    readonly basisScript: BlockId | null;
    readonly basisWasm: BlockId | null;
  };
}
