/** A renderer without a browser: it asks the other side of the wall, which has the original already. */
import type { GlbFile, NotRendered, Renderer, VisualComparison } from '../../src/index.ts';
import type { Outside } from './outside.ts';

/** Draws by asking. Candidates are told apart by their bytes, and cross the wall once; originals, and what `isThere`, do not. */
export function askingRenderer(
  outside: Outside,
  whichOf: (original: GlbFile) => 'asset' | 'base',
  isThere: (candidate: GlbFile) => boolean,
): Renderer {
  const numbers = new WeakMap<Uint8Array, number>();
  let candidateCount = 0;
  let sent = -1;
  const present = (file: GlbFile) => {
    const { bytes } = file;
    const candidate = numbers.get(bytes) ?? candidateCount++;
    numbers.set(bytes, candidate);
    const parts = candidate === sent || isThere(file) ? [] : [bytes];
    sent = candidate;
    return { candidate, parts };
  };
  return {
    async open(original) {
      const { value } = await outside.ask({ ask: 'open', of: whichOf(original) });
      const refused = value as NotRendered | null;
      if (refused !== null) return refused;
      return {
        async compare(file, sizePx) {
          const { candidate, parts } = present(file);
          const answer = await outside.ask({ ask: 'compare', candidate, sizePx }, parts);
          return answer.value as VisualComparison | NotRendered;
        },
        async pictures(file, labels) {
          const { candidate, parts } = present(file);
          const answer = await outside.ask({ ask: 'pictures', candidate, labels }, parts);
          const [comparison, sheet] = answer.parts;
          if (comparison === undefined || sheet === undefined) return answer.value as NotRendered;
          return { comparison, sheet };
        },
        hero: async () => ({ kind: 'not-rendered', why: 'a review has no use for a hero picture' }),
        async [Symbol.asyncDispose]() {
          sent = -1;
          await outside.ask({ ask: 'clear' });
        },
      };
    },
    close: async () => {},
  };
}
