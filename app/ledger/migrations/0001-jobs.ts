/** Jobs: one table that is the truth, and the database queue. */
import type { Dialect } from '../sql.ts';

/** The statements, in order. */
export function jobs({ serial }: Dialect): readonly string[] {
  return [
    `create table job (
      id ${serial},
      key text not null unique,
      kind text not null,
      lane text,
      grp text not null,
      priority integer not null,
      turn bigint not null,
      payload text not null,
      state text not null check (state in ('queued', 'delayed', 'active', 'waiting', 'done', 'failed', 'superseded')),
      attempt integer not null default 0,
      max_attempts integer not null,
      parent bigint,
      memo text,
      result text,
      error text,
      progress text,
      cancelled integer not null default 0,
      token text,
      worker text,
      lease_until bigint,
      ready_at bigint not null,
      created_at bigint not null,
      started_at bigint,
      finished_at bigint
    )`,
    // Each query below looks at the jobs of one state; the indexes hold nothing else, so a million finished jobs cost nothing.
    `create index job_ready on job (priority desc, turn, id) where state = 'queued'`,
    `create index job_turn on job (priority, grp, turn) where state = 'queued'`,
    `create index job_due on job (ready_at) where state = 'delayed'`,
    `create index job_lease on job (lease_until) where state = 'active'`,
    `create index job_waiting on job (id) where state = 'waiting'`,
    `create index job_failed on job (id) where state = 'failed'`,
    `create index job_child on job (parent, id) where parent is not null`,
    `create index job_lane on job (lane, kind, id) where lane is not null and state in ('queued', 'delayed', 'active', 'waiting')`,
  ];
}
