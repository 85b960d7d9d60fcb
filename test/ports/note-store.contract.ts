/** What every note store keeps; `open` gives another handle on the same store, as another machine has it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NoteStore } from '../../src/index.ts';

/** A store that can be opened several times. */
export interface NotePlace {
  readonly open: () => Promise<NoteStore>;
  readonly close: () => Promise<void>;
}

/** Runs the suite. */
export function noteStoreContract(name: string, openPlace: () => Promise<NotePlace>): void {
  describe(`notes in ${name}`, () => {
    let place: NotePlace;
    let here: NoteStore;
    let there: NoteStore;
    beforeAll(async () => {
      place = await openPlace();
      here = await place.open();
      there = await place.open();
    });
    afterAll(() => place.close());

    it('come back as they were, whatever the key, on every machine', async () => {
      expect(await here.read('../../etc')).toBeUndefined();
      await here.write('../../etc', "ä\n'; drop table note; --");
      expect(await there.read('../../etc')).toBe("ä\n'; drop table note; --");
      await there.write('../../etc', '');
      expect(await here.read('../../etc')).toBe('');
    });

    it('are made by one of twenty that try at once', async () => {
      const tries = Array.from({ length: 20 }, (_, at) =>
        (at % 2 === 0 ? here : there).swap('new', undefined, `${at}`),
      );
      const won = (await Promise.all(tries)).flatMap((isMine, at) => (isMine ? [`${at}`] : []));
      expect(won).toHaveLength(1);
      expect(await here.read('new')).toBe(won[0]);
    });

    it('are changed only by who has read what is there', async () => {
      await here.write('a', 'one');
      expect(await there.swap('a', 'none', 'two')).toBe(false);
      expect(await there.swap('a', 'one', 'two')).toBe(true);
      expect(await here.swap('a', 'one', 'three')).toBe(false);
      expect(await here.swap('a', undefined, 'three')).toBe(false);
      expect(await here.read('a')).toBe('two');
    });

    it('expire by the beginning of their key, when they are old enough', async () => {
      await here.write('old %_x', '1');
      await here.write('old y', '1');
      await here.write('OLD z', '1');
      expect(await here.expire('old ', 60_000)).toBe(0);
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(await there.expire('old %', 1)).toBe(1);
      expect(await there.expire('old ', 1)).toBe(1);
      expect(await here.read('OLD z')).toBe('1');
    });
  });
}
