/** What operators read: one JSON object a line, or a short text line on a terminal. */
import { AsyncLocalStorage } from 'node:async_hooks';

// From the least to the most important.
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
/** How important a line is. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Ids and numbers that belong to a line. Never a secret. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Writes lines of a level. */
export type Log = (level: Exclude<LogLevel, 'silent'>, message: string, fields?: LogFields) => void;

/** How a log is written. */
export interface LogOptions {
  readonly shape?: 'json' | 'text';
  /** Takes secrets out of a text. */
  readonly redact?: (text: string) => string;
}

// The ids of the request or the job under way, whoever writes the line.
const underWay = new AsyncLocalStorage<LogFields>();

/** Does the work with these ids on each of its lines, beside those around it. */
export function withLogFields<T>(fields: LogFields, work: () => T): T {
  return underWay.run({ ...underWay.getStore(), ...fields }, work);
}

/** Does the work with these ids alone: what it is started from belongs to somebody else. */
export function withOwnLogFields<T>(fields: LogFields, work: () => T): T {
  return underWay.run(fields, work);
}

/** Jobs that remember which request and which delivery made them, for the lines of their own. */
export function caused<T extends { readonly payload: unknown }>(jobs: readonly T[]): readonly T[] {
  const { request, delivery } = underWay.getStore() ?? {};
  if (request === undefined && delivery === undefined) return jobs;
  const cause = { ...(request && { request }), ...(delivery && { delivery }) };
  return jobs.map((job) =>
    job.payload instanceof Object && !Array.isArray(job.payload) ? { ...job, payload: { ...job.payload, cause } } : job,
  );
}

/** The ids that `caused` put into a payload. */
export function causeOf(payload: unknown): LogFields {
  if (!(payload instanceof Object && 'cause' in payload && payload.cause instanceof Object)) return {};
  const entries = Object.entries(payload.cause);
  return Object.fromEntries(entries.filter(([name, id]) => CAUSES.includes(name) && typeof id === 'string'));
}

const CAUSES = ['request', 'delivery'];

/** A log that drops what is below the level. `write` gets whole lines. */
export function openLog(level: LogLevel, write: (line: string) => void, options: LogOptions = {}): Log {
  const { shape = 'json', redact = (text) => text } = options;
  const least = LOG_LEVELS.indexOf(level);
  const clean = (value: LogFields[string]) => (typeof value === 'string' ? redact(value) : value);
  return (at, message, fields = {}) => {
    if (LOG_LEVELS.indexOf(at) < least) return;
    const time = new Date().toISOString();
    const all = Object.entries({ ...underWay.getStore(), ...fields }).map(([name, value]) => [name, clean(value)]);
    const said = redact(message);
    if (shape === 'json')
      return write(`${JSON.stringify({ time, level: at, message: said, ...Object.fromEntries(all) })}\n`);
    const rest = all.flatMap(([name, value]) => (value === undefined ? [] : [` ${name}=${JSON.stringify(value)}`]));
    write(`${time.slice(11, 19)} ${at} ${said}${rest.join('')}\n`);
  };
}
