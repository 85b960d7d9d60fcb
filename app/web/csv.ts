/** Jobs as rows of CSV [RFC 4180]. */
import type { WebJob } from '../../src/index.ts';

const COLUMNS = [
  'id',
  'kind',
  'status',
  'repository',
  'pull_number',
  'created_at',
  'finished_at',
  'duration_ms',
  'asset_count',
  'byte_length_before',
  'saved_bytes',
  'why',
] as const;

/** The text, with a line of names above. */
export function csvOf(jobs: readonly WebJob[]): string {
  const rows = jobs.map((job) => [
    job.id,
    job.kind,
    job.status,
    job.repository,
    job.pullNumber,
    job.createdAt,
    job.finishedAt,
    job.durationMs,
    job.assets.length,
    job.assets.reduce((sum, { byteLengthBefore }) => sum + byteLengthBefore, 0),
    job.savedBytes,
    job.why,
  ]);
  return [COLUMNS, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** A spreadsheet runs what begins like a formula: such a text gets an apostrophe in front. */
function cell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
