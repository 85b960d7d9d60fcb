/** Chromium for the worker, or none, with why. */
import { messageOf, type Renderer } from '../../src/index.ts';
import { chromiumRenderer } from '../renderer/chromium.ts';
import { noRenderer } from '../renderer/none.ts';

/** A renderer that says what it is; `why` it draws nothing, or null. */
export function openServiceRenderer(
  poolSize: number,
  env: Readonly<Record<string, string | undefined>>,
): Renderer & {
  readonly name: string;
  readonly why: string | null;
} {
  try {
    return { ...bound(chromiumRenderer({ env, poolSize })), name: 'chromium', why: null };
  } catch (thrown) {
    return { ...bound(noRenderer(messageOf(thrown))), name: 'none', why: messageOf(thrown) };
  }
}

function bound(renderer: Renderer): Renderer {
  return { open: (original, signal) => renderer.open(original, signal), close: () => renderer.close() };
}
