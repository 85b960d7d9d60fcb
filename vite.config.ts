/** How the viewer's pages are bundled: each entry becomes one self-contained module in dist/viewer. */
import { fileURLToPath } from 'node:url';
import type { InlineConfig, Plugin } from 'vite';

/** A page's script: its source in viewer/, and the file it becomes in dist/viewer. */
export interface ViewerEntry {
  readonly source: string;
  readonly fileName: string;
}

/** Every page the viewer has. An entry whose source is not there yet is left out by the build. */
export const VIEWER_ENTRIES: readonly ViewerEntry[] = [
  { source: 'viewer/headless.ts', fileName: 'headless.js' },
  { source: 'viewer/main.ts', fileName: 'main.js' },
  { source: 'viewer/upload.ts', fileName: 'upload.js' },
  { source: 'viewer/dashboard.ts', fileName: 'dashboard.js' },
];

/**
 * three's loaders name their decoders by `new URL(…, import.meta.url)`, which would pull every decoder into the bundle
 * as a data URL. viewer/load-model.ts says where they are.
 */
function withoutDecoderUrls(): Plugin {
  return {
    name: 'without-decoder-urls',
    enforce: 'pre',
    transform(code, id) {
      if (!/three\/examples\/jsm\/loaders\/(DRACO|KTX2)Loader\.js/.test(id)) return null;
      return { code: code.replace(/new URL\([^)]*import\.meta\.url\s*\)\.toString\(\)/g, "''"), map: null };
    },
  };
}

/** The Vite configuration of one entry. */
export function viewerConfig(entry: ViewerEntry, outDir = 'dist/viewer'): InlineConfig {
  const root = fileURLToPath(new URL('.', import.meta.url));
  return {
    root,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    plugins: [withoutDecoderUrls()],
    build: {
      outDir,
      emptyOutDir: false,
      target: 'es2022',
      minify: true,
      chunkSizeWarningLimit: 2000,
      modulePreload: false,
      lib: {
        entry: entry.source,
        formats: ['es'],
        fileName: () => entry.fileName,
        cssFileName: entry.fileName.replace('.js', ''),
      },
      // Its advice on slow plugins is for who works on plugins, not for whoever runs `npm ci`.
      rolldownOptions: { output: { codeSplitting: false }, checks: { pluginTimings: false } },
    },
  };
}
