/** What the renderer asks of its page, and what the page answers: plain data, as it crosses from Node to the browser. */
import type { NotRendered, PictureLabels, VisualComparison } from '../src/ports.ts';

/** Where the page fetches a model. `key` names the bytes: the page keeps what it loaded last. */
export interface PageFile {
  readonly key: string;
  readonly url: string;
  /** uri as written in the GLB, and where its bytes are. */
  readonly siblings: readonly (readonly [uri: string, url: string])[];
}

/** The original is on the table. */
export interface PageOpened {
  readonly kind: 'opened';
  /** What did not load but did not stop the rest. */
  readonly problems: readonly string[];
}

/** One picture as base64. */
export interface PagePicture {
  readonly kind: 'picture';
  readonly base64: string;
}

/** Comparison and sheet as base64. */
export interface PagePictures {
  readonly kind: 'pictures';
  readonly comparison: string;
  readonly sheet: string;
}

/** `window.studio` in viewer/headless.ts. The renderer's name is added by the one who started the browser. */
export interface PageStudio {
  open(original: PageFile): Promise<PageOpened | NotRendered>;
  compare(candidate: PageFile, sizePx: 512 | 1024): Promise<Omit<VisualComparison, 'renderer'> | NotRendered>;
  pictures(candidate: PageFile, labels: PictureLabels): Promise<PagePictures | NotRendered>;
  hero(sizePx: number, format: 'webp' | 'png'): Promise<PagePicture | NotRendered>;
  /** Clears the table. */
  close(): Promise<void>;
}

declare global {
  interface Window {
    studio?: PageStudio;
    /** Set when the page cannot start. */
    studioFailure?: string;
  }
}
