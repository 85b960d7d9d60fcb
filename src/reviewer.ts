/** The reviewer of this process. What a review needs, codecs and all, is loaded with the first one: whoever leaves reviews to a child never holds it. */
import type { AssetPorts, AssetReviewer } from './review.ts';

/** Loads what reviews need, so that the first one need not wait for it. */
export async function loadReviews(): Promise<void> {
  await import('./review.ts');
}

/** Loads what only some files need, so that the first one of them need not wait for it: for a process that has nothing else to do. */
export async function loadCodecs(): Promise<void> {
  const [{ openDraco }, { loadSharp }, { loadValidator }] = await Promise.all([
    import('./asset/draco.ts'),
    import('./optimize/image-codec.ts'),
    import('./asset/validate.ts'),
  ]);
  await Promise.all([openDraco(), loadSharp(), loadValidator()]);
}

/** Reviews in this very process: for files that are trusted, and inside of a process that holds nothing. */
export function inProcessReviewer(ports: AssetPorts): AssetReviewer {
  return {
    async review(assignment, options) {
      const { reviewAsset } = await import('./review.ts');
      return reviewAsset(assignment, ports, options);
    },
    close: async () => {},
  };
}
