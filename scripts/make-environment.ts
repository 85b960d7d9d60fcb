/** Makes viewer/assets/environment.bin. Run by hand when three or the light changes: `node scripts/make-environment.ts`. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { findBrowser } from '../app/renderer/browser-path.ts';
import { launchBrowser } from '../app/renderer/launch.ts';
import { packEnvironment } from '../viewer/environment.ts';
import { viewerConfig } from '../vite.config.ts';

/** RoomEnvironment's PMREM made at run time on SwiftShader (the same bits on every machine tried): RGBA half floats. */
export async function makePmremInBrowser(): Promise<Uint16Array> {
  const config = viewerConfig({ source: 'scripts/environment-page.ts', fileName: 'environment-page.js' });
  const built = await build({ ...config, build: { ...config.build, write: false } });
  const output = [built].flat().flatMap((bundle) => ('output' in bundle ? bundle.output : []));
  const script = output.find((chunk) => chunk.type === 'chunk');
  if (script === undefined) throw new Error('the environment page was not bundled');
  const { browser } = await launchBrowser(findBrowser(undefined, process.env), 'swiftshader', process.env);
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ content: script.code, type: 'module' });
    const bytes = Buffer.from(await page.evaluate(() => window.makePmrem()), 'base64');
    return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  } finally {
    await browser.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const bytes = gzipSync(packEnvironment(await makePmremInBrowser()), { level: 9 });
  await writeFile(new URL('../viewer/assets/environment.bin', import.meta.url), bytes);
  console.log(`viewer/assets/environment.bin: ${bytes.byteLength} bytes`);
}
