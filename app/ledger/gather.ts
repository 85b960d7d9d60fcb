/** Puts questions that come at the same time into one: a commit for many costs as much as a commit for one. */

/** Asks for many items at once; answers in their order. */
export type AskMany<Item, Answer> = (items: readonly Item[]) => Promise<readonly Answer[]>;

/** Those that come together are asked together, and those that come meanwhile next, so many at a time. */
export function gather<Item, Answer>(ask: AskMany<Item, Answer>, limit: number): (item: Item) => Promise<Answer> {
  let waiting: {
    readonly item: Item;
    readonly resolve: (answer: Answer) => void;
    readonly reject: (thrown: unknown) => void;
  }[] = [];
  let isAsking = false;

  async function askAll(): Promise<void> {
    isAsking = true;
    // Those that come in the very same moment are asked with the first.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) {
      const now = waiting.slice(0, limit);
      waiting = waiting.slice(limit);
      try {
        const answers = await ask(now.map(({ item }) => item));
        for (const [at, { resolve, reject }] of now.entries()) {
          const answer = answers[at];
          if (answer === undefined) reject(new Error('a question got no answer'));
          else resolve(answer);
        }
      } catch (thrown) {
        // What the database refuses is one item's fault, and the others shall not suffer for it.
        if (now.length > 1 && isRefusal(thrown)) {
          for (const { item, resolve, reject } of now)
            await ask([item]).then(([answer]) => (answer === undefined ? reject(thrown) : resolve(answer)), reject);
        } else for (const { reject } of now) reject(thrown);
      }
    }
    isAsking = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!isAsking) void askAll();
    });
}

// Class 22 is bad data, 23 a broken constraint. [postgresql.org/docs/15/errcodes-appendix.html]
function isRefusal(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && /^2[23]/.test(String(thrown.code));
}
