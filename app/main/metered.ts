/** Counts what a renderer draws. */
import type { Renderer, Studio } from '../../src/index.ts';
import type { Meter } from '../web/metrics.ts';

/** The same renderer, counted. */
export function metered<T extends Renderer>(renderer: T, meter: Pick<Meter, 'rendered'> | undefined): T {
  if (meter === undefined) return renderer;
  return {
    ...renderer,
    async open(original, signal) {
      const studio = await renderer.open(original, signal);
      return 'kind' in studio ? studio : countedStudio(studio, meter);
    },
  };
}

function countedStudio(studio: Studio, meter: Pick<Meter, 'rendered'>): Studio {
  return {
    compare(candidate, sizePx) {
      meter.rendered('comparison');
      return studio.compare(candidate, sizePx);
    },
    pictures(candidate, labels) {
      meter.rendered('pictures');
      return studio.pictures(candidate, labels);
    },
    hero(sizePx, format) {
      meter.rendered('hero');
      return studio.hero(sizePx, format);
    },
    [Symbol.asyncDispose]: () => studio[Symbol.asyncDispose](),
  };
}
