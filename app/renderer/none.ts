/** The renderer of a machine without a browser, or of a run with `--no-render`. */
import type { Renderer } from '../../src/index.ts';

/** Never draws; says why. */
export function noRenderer(why: string): Renderer {
  return {
    open: async () => ({ kind: 'not-rendered', why }),
    close: async () => {},
  };
}
