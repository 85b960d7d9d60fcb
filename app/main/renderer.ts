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
  /** Null before the first picture, and where nothing is drawn. */
  readonly isSandboxed: () => boolean | null;
} {
  try {
    const chromium = chromiumRenderer({ env, poolSize });
    return { ...bound(chromium), name: 'chromium', why: null, isSandboxed: () => chromium.isSandboxed() };
  } catch (thrown) {
    return { ...bound(noRenderer(messageOf(thrown))), name: 'none', why: messageOf(thrown), isSandboxed: () => null };
  }
}

function bound(renderer: Renderer): Renderer {
  return { open: (original, signal) => renderer.open(original, signal), close: () => renderer.close() };
}
