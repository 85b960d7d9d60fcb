/**
 * `npm run try:release [-- <folder>]`: runs a release on this machine as its runner would, and lets its own sharp code an
 * image: native where the tree has it, WebAssembly elsewhere, with the same bytes.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { runStep } from '../test/actions-runner/runner.ts';

type Sharp = typeof import('sharp').default;

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const folder = path.resolve(process.argv[2] ?? path.join(ROOT, 'release'));

// Taken from the native build on Linux x64; the WebAssembly build gave the same. Another digest means that a runner of
// this kind commits other bytes than the rest.
const EXPECTED_DIGEST = '2a1e7626224264c7c7d2fc42e16b237ea2cb93d3b32b7400e60498c26af84d92';

const ran = await runStep({ action: folder, eventName: 'merge_group', payload: {}, token: 'none' });
if (ran.exitCode !== 0) throw new Error(`the step ended with ${ran.exitCode}:\n${ran.log}${ran.errorText}`);
console.log(`first line after ${Math.round(ran.firstLineMs)} ms, done after ${Math.round(ran.durationMs)} ms`);

const place = pathToFileURL(path.join(folder, 'dist/node_modules/sharp/dist/index.mjs')).href;
const { default: sharp }: { default: Sharp } = await import(place);
const raw = { width: 256, height: 256, channels: 3 } as const;
// A ramp with noise that every machine makes alike.
const pixels = Uint8Array.from({ length: 256 * 256 * 3 }, (_, at) => ((at * 2654435761) >>> 24) ^ (at >> 9));
const webp = await sharp(pixels, { raw }).webp({ quality: 80, effort: 4, exact: true }).toBuffer();
const digest = createHash('sha256').update(webp).digest('hex');
console.log(`${process.platform} ${process.arch}: ${webp.byteLength} bytes of WebP, ${digest}`);
if (digest !== EXPECTED_DIGEST) throw new Error('this machine codes images to other bytes');
