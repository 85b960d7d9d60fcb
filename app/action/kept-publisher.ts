/** Publishes on GitHub and keeps the report on the runner, whatever GitHub lets us do. */
import { BotError, type Notice, type Proposal, type Published, type Publisher } from '../../src/index.ts';

/** A publisher that remembers what it was given and what came of it. */
export interface KeptPublisher extends Publisher {
  /** What was last published; undefined before anything was. */
  readonly kept: () => { readonly proposal: Proposal; readonly published: Published } | undefined;
}

/** The permissions of the workflow, as its lines. */
export const PERMISSION_LINES = 'permissions:\n  contents: write\n  pull-requests: write';

/** Wraps the publisher of GitHub. A refusal of a write is no failure: the report is shown elsewhere, and says what is missing. */
export function keptPublisher(github: Publisher): KeptPublisher {
  let kept: { readonly proposal: Proposal; readonly published: Published } | undefined;
  return {
    kept: () => kept,
    async publish(proposal) {
      const published = await github.publish(proposal).catch((thrown: unknown) => refused(thrown));
      kept = { proposal, published };
      return published;
    },
  };
}

function refused(thrown: unknown): Published {
  if (!(thrown instanceof BotError) || thrown.code !== 'GITHUB_REFUSED') throw thrown;
  const notice: Notice = { kind: 'not-permitted', permission: 'contents: write', why: `${thrown.message}.` };
  return { commit: null, notices: [notice], comment: { kind: 'refused' } };
}

/** A publisher that writes nothing: the answer to our own commit. */
export const writesNothing: Publisher = Object.freeze({ publish: async () => ({ commit: null }) });
