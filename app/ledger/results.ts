/** Results of assets, to be used again. */
import type { ResultStore, StoredAsset } from '../../src/index.ts';
import type { Sql } from './sql.ts';

/** The results in a database. */
export function sqlResults(sql: Sql): ResultStore {
  return {
    async find({ sourceDigest, recipeDigest, toolVersion }) {
      const [row] = await sql.run(
        'select asset from result where source_digest = $1 and recipe_digest = $2 and tool_version = $3',
        [sourceDigest, recipeDigest, toolVersion],
      );
      // We wrote it, for this very version.
      return row === undefined ? undefined : (JSON.parse(String(row.asset)) as StoredAsset);
    },
    async keep({ sourceDigest, recipeDigest, toolVersion }, asset) {
      await sql.run(
        `insert into result (source_digest, recipe_digest, tool_version, asset, created_at)
         values ($1, $2, $3, $4, ${sql.dialect.now})
         on conflict (source_digest, recipe_digest, tool_version) do update set asset = excluded.asset, created_at = excluded.created_at`,
        [sourceDigest, recipeDigest, toolVersion, JSON.stringify(asset)],
      );
    },
    async forget(sourceDigest) {
      await sql.run('delete from result where source_digest = $1', [sourceDigest]);
    },
  };
}
