/** What operators read: one JSON object a line, or a short text line on a terminal. */

// From the least to the most important.
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
/** How important a line is. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Ids and numbers that belong to a line. Never a secret. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Writes lines of a level. */
export type Log = (level: Exclude<LogLevel, 'silent'>, message: string, fields?: LogFields) => void;

/** A log that drops what is below the level. `write` gets whole lines. */
export function openLog(level: LogLevel, write: (line: string) => void, shape: 'json' | 'text' = 'json'): Log {
  const least = LOG_LEVELS.indexOf(level);
  return (at, message, fields = {}) => {
    if (LOG_LEVELS.indexOf(at) < least) return;
    const time = new Date().toISOString();
    if (shape === 'json') return write(`${JSON.stringify({ time, level: at, message, ...fields })}\n`);
    const rest = Object.entries(fields).flatMap(([name, value]) =>
      value === undefined ? [] : [` ${name}=${JSON.stringify(value)}`],
    );
    write(`${time.slice(11, 19)} ${at} ${message}${rest.join('')}\n`);
  };
}
