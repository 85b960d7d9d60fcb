/** What the dashboard shows, kept in its address. */

/** The filters and the page. */
export interface Query {
  readonly days: number;
  /** '' for all. */
  readonly status: string;
  readonly repository: string;
  readonly page: number;
}

/** Days to choose from. */
export const DAYS = [7, 30, 90, 365] as const;
const STATES = ['', 'queued', 'running', 'done', 'failed'];

/** Reads the part of an address after `?`; nonsense is as usual. */
export function readQuery(search: string): Query {
  const parameters = new URLSearchParams(search);
  const status = parameters.get('status') ?? '';
  const page = Number(parameters.get('page') ?? 1);
  return {
    days: DAYS.find((days) => String(days) === parameters.get('days')) ?? 30,
    status: STATES.includes(status) ? status : '',
    repository: parameters.get('repository') ?? '',
    page: Number.isInteger(page) && page > 0 ? page : 1,
  };
}

/** The query of `/api/stats`, without its `?`; also that of the page. */
export function writeQuery({ days, status, repository, page }: Query): string {
  const parameters = new URLSearchParams({ days: String(days) });
  if (status !== '') parameters.set('status', status);
  if (repository !== '') parameters.set('repository', repository);
  if (page > 1) parameters.set('page', String(page));
  return parameters.toString();
}
