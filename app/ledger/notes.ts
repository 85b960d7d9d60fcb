/** Notes in the ledger, so that several machines remember the same. */
import type { NoteStore } from '../../src/index.ts';
import { type Sql, textOrNull } from './sql.ts';

/** The notes in a database. */
export function sqlNotes(sql: Sql): NoteStore {
  const { now } = sql.dialect;
  return {
    async read(key) {
      const [row] = await sql.run('select text from note where key = $1', [key]);
      return row === undefined ? undefined : (textOrNull(row, 'text') ?? undefined);
    },
    async write(key, text) {
      await sql.run(
        `insert into note (key, text, written_at) values ($1, $2, ${now})
         on conflict (key) do update set text = excluded.text, written_at = excluded.written_at`,
        [key, text],
      );
    },
    async swap(key, before, text) {
      const written =
        before === undefined
          ? await sql.run(
              `insert into note (key, text, written_at) values ($1, $2, ${now}) on conflict (key) do nothing returning key`,
              [key, text],
            )
          : await sql.run(`update note set text = $2, written_at = ${now} where key = $1 and text = $3 returning key`, [
              key,
              text,
              before,
            ]);
      return written.length > 0;
    },
    async expire(prefix, olderThanMs) {
      // No `like`: a key may hold its wildcards, and the letters of a key count.
      const gone = await sql.run(
        `delete from note where substr(key, 1, ${prefix.length}) = $1 and written_at < ${now} - $2 returning key`,
        [prefix, olderThanMs],
      );
      return gone.length;
    },
  };
}
