/** `render`: the hero picture of a file. */
import path from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { BotError, formatBytes } from '../../src/index.ts';
import { writeWhole } from '../files/write-file.ts';
import { EXIT } from './exit-code.ts';
import { loadGlb } from './load-glb.ts';
import { addSharedOptions, type SharedOptions, wholeNumber } from './options.ts';
import { inspectApart, openRenderer, type Stage } from './stage.ts';
import { shown, writeJson } from './terminal.ts';

interface RenderOptions extends SharedOptions {
  readonly output: string;
  readonly size: number;
}

// Larger ones need more graphics memory than a software renderer likes to give.
const SIZE_PX = { min: 16, max: 4096, usual: 1024 };

/** Adds the command; `finish` gets its exit code. */
export function addRender(program: Command, stage: Stage, finish: (exitCode: number) => void): void {
  const command = program
    .command('render')
    .argument('<file.glb>')
    .summary('draw a picture of a file')
    .description(
      'Draws a file from the front, a little from above, with light and shadow: the same ' +
        'scene that checks results and that reports show.\n\n' +
        'Use it for thumbnails and catalogues, or to see what a file looks like without opening a program.',
    )
    .requiredOption('-o, --output <picture>', 'where to write it: .png or .webp', pictureName)
    .option(
      '--size <pixels>',
      `width and height (default: ${SIZE_PX.usual})`,
      (text) => wholeNumber(text, SIZE_PX.min, SIZE_PX.max),
      SIZE_PX.usual,
    )
    .addHelpText('after', '\nExample:\n  $ glb-optimizer render hero.glb -o hero.png --size 512');
  addSharedOptions(command, []);
  command.action(async (name: string, options: RenderOptions) => finish(await render(stage, name, options)));
}

function pictureName(name: string): string {
  if (/\.(png|webp)$/i.test(name)) return name;
  throw new InvalidArgumentError('Expected a name that ends in .png or .webp.');
}

async function render(stage: Stage, name: string, options: RenderOptions): Promise<number> {
  const { terminal, signal } = stage;
  if (!options.render) {
    throw new BotError('USAGE', 'a picture cannot be drawn without a renderer.', {
      at: '--no-render',
      hint: 'Leave it out.',
    });
  }
  const { path: shownPath, ...named } = await loadGlb(stage, name);
  const { inspection, file } = await inspectApart(stage, named);
  const { stats, findings } = inspection;
  if (stats === null)
    throw new BotError('ASSET_REFUSED', findings[0]?.message ?? 'the file cannot be opened.', { at: name });
  const renderer = await openRenderer(stage, options);
  try {
    const studio = await renderer.open(file, signal);
    if ('kind' in studio) throw new BotError('RENDERER_FAILED', studio.why, { at: name });
    await using _open = studio;
    const picture = await studio.hero(options.size, /\.png$/i.test(options.output) ? 'png' : 'webp');
    if ('kind' in picture) throw new BotError('RENDERER_FAILED', picture.why, { at: name });
    await writeWhole(path.resolve(terminal.settings.folder, options.output), picture);
    const result = { path: shownPath, output: options.output, widthPx: options.size, heightPx: options.size };
    if (options.json) writeJson(terminal, { ...result, byteLength: picture.byteLength });
    else
      terminal.out(
        `Wrote ${shown(options.output)} (${options.size} × ${options.size} px, ${formatBytes(picture.byteLength)})\n`,
      );
    return EXIT.fine;
  } finally {
    await renderer.close();
  }
}
