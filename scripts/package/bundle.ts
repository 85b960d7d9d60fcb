/** The program as a few files that need nothing around them but what cannot be bundled. */
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Metafile, type Plugin } from 'esbuild';
import { throughTheDoor } from './door.ts';
import { BANNER } from './program.ts';

const require = createRequire(import.meta.url);

/** What the renderer and `report.html` need of the viewer; the pages of the service stay out. */
const VIEWER_FILES =
  /^(headless\.(html|js)|main\.(js|css)|report\.html|environment\.bin|(draco|basis)_.*\.(js|wasm)|inter\..*|three\.LICENSE\.txt)$/;

/** draco3dgltf reads these from beside itself. */
const DRACO_FILES = ['draco_encoder.wasm', 'draco_decoder_gltf.wasm'];

/** ktx2-encoder, likewise; in a third of its bytes, for all runners download all of it and few need it. */
const BASIS_FILE = 'basis/basis_encoder.wasm';
const unpackBasis: Plugin = {
  name: 'unpack-basis',
  setup(build) {
    build.onLoad({ filter: /ktx2-encoder[\\/]dist[\\/]node[\\/]NodeBasisEncoder\.js$/ }, async ({ path: file }) => {
      const given = await readFile(file, 'utf8');
      const contents = given.replace('BASIS()', 'BASIS({ wasmBinary: unpacked() })');
      if (contents === given) throw new Error(`${file} opens its module in another way now.`);
      const packed = "new URL('./basis_encoder.wasm.gz', import.meta.url)";
      const head = "import { readFileSync } from 'node:fs';\nimport { gunzipSync } from 'node:zlib';\n";
      return { contents: `${head}const unpacked = () => gunzipSync(readFileSync(${packed}));\n${contents}` };
    });
  },
};

/**
 * Bundles entries, by the names that they get, into `<out>/dist/app`, and lays the viewer into `<out>/dist/viewer`: the same places as in the
 * npm package, so that the code finds its files in both. Returns which packages went in, by esbuild's own account.
 */
export async function bundle(root: string, entries: Readonly<Record<string, string>>, out: string): Promise<Metafile> {
  const app = path.join(out, 'dist/app');
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { ...entries },
    outdir: app,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // Native code, which no bundler can take along.
    external: ['sharp'],
    banner: { js: BANNER },
    inject: [path.join(root, 'scripts/package/node-names.ts')],
    plugins: [throughTheDoor(root), unpackBasis],
    chunkNames: 'chunk-[hash]',
    // A runner downloads all of it before each job. Classes keep their names, because errors are known by them; a function
    // for the browser's page must therefore hold no other named one, which the tests with a browser would show.
    minify: true,
    keepNames: true,
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
  });
  const draco = path.dirname(require.resolve('draco3dgltf'));
  for (const name of DRACO_FILES) await copyFile(path.join(draco, name), path.join(app, name));
  const basis = path.join(root, 'node_modules/ktx2-encoder/dist', BASIS_FILE);
  await writeFile(path.join(app, `${path.basename(BASIS_FILE)}.gz`), gzipSync(await readFile(basis), { level: 9 }));
  await copyFolder(path.join(root, 'dist/viewer'), path.join(out, 'dist/viewer'), (name) => VIEWER_FILES.test(name));
  return metafile;
}

/** Copies the files of a folder and its folders that `wanted` takes, by their path in it. */
export async function copyFolder(from: string, to: string, wanted: (name: string) => boolean): Promise<void> {
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    const name = path.relative(from, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/');
    if (!entry.isFile() || !wanted(name)) continue;
    const place = path.join(to, name);
    await mkdir(path.dirname(place), { recursive: true });
    await copyFile(path.join(entry.parentPath, entry.name), place);
  }
}
