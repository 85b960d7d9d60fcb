/** The files the scene needs beside its code. They are ours: nothing is ever fetched from a third party. */

/** Where each file lies: a URL, or a `data:` URL in a page that is one file. */
export interface StageFiles {
  /** `environment.bin`: see environment.ts. */
  readonly environment: string;
  readonly dracoScript: string;
  readonly dracoWasm: string;
  readonly basisScript: string;
  readonly basisWasm: string;
}

/** The files under their names in `dist/viewer`, below a base URL that ends in `/`. */
export function stageFilesAt(base: string): StageFiles {
  return {
    environment: `${base}environment.bin`,
    dracoScript: `${base}draco_wasm_wrapper.js`,
    dracoWasm: `${base}draco_decoder.wasm`,
    basisScript: `${base}basis_transcoder.js`,
    basisWasm: `${base}basis_transcoder.wasm`,
  };
}
