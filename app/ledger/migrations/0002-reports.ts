/** Results, reports and the sums that the dashboard shows. */
import type { Dialect } from '../sql.ts';

/** The statements, in order. */
export function reports(_dialect: Dialect): readonly string[] {
  return [
    `create table result (
      source_digest text not null,
      recipe_digest text not null,
      tool_version text not null,
      asset text not null,
      created_at bigint not null,
      primary key (source_digest, recipe_digest, tool_version)
    )`,
    `create index result_age on result (created_at)`,
    `create table review (
      id bigint primary key,
      kind text not null,
      repository text not null,
      pull_number integer,
      is_private integer not null,
      branch text,
      head_commit text,
      commit_made text,
      asset_count integer not null,
      failed_count integer not null,
      bytes_before bigint not null,
      saved_bytes bigint not null,
      duration_ms bigint not null,
      finished_at bigint not null,
      job text not null,
      report text not null,
      assets text not null
    )`,
    `create index review_time on review (finished_at, duration_ms)`,
    `create index review_repository on review (repository, id)`,
    `create table asset (
      review bigint not null,
      place integer not null,
      repository text not null,
      path text not null,
      head_commit text,
      verdict text not null,
      bytes_before bigint not null,
      bytes_after bigint not null,
      source_digest text,
      output_digest text,
      finished_at bigint not null,
      primary key (review, place)
    )`,
    `create index asset_history on asset (repository, path, finished_at)`,
    // One row for each day and repository: the dashboard adds up hundreds of rows, not hundreds of thousands.
    `create table day (
      day text not null,
      repository text not null,
      review_count bigint not null,
      failed_count bigint not null,
      asset_count bigint not null,
      improved_count bigint not null,
      bytes_before bigint not null,
      saved_bytes bigint not null,
      duration_ms bigint not null,
      primary key (day, repository)
    )`,
    // What was counted, so that recording twice counts once.
    `create table counted (id bigint primary key)`,
  ];
}
