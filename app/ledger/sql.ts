/** One SQL for two databases: the few words in which they differ, and the way to run a statement. */

/** A row as the database gives it. */
export type Row = Readonly<Record<string, unknown>>;
/** What a statement may be given. */
export type SqlValue = string | number | null;

/** The words in which SQLite and Postgres differ. */
export interface Dialect {
  readonly name: 'sqlite' | 'postgres';
  /** Milliseconds since 1970 by the clock of the database, so that machines whose clocks differ agree on leases. */
  readonly now: string;
  /** After the choice of the next job: rows that others hold are passed by. */
  readonly skipLocked: string;
  /** The type of a row number that the database gives. */
  readonly serial: string;
  /** The larger of two values. */
  readonly greatest: string;
  /** Rows out of one parameter, which holds an array of JSON objects: one text for any number of rows, planned once. */
  readonly rowsOf: (place: string, columns: readonly Column[]) => string;
  /** Whether a text is one of those in one parameter, which `listOf` makes. */
  readonly isOneOf: (column: string, place: string) => string;
  readonly listOf: (texts: readonly string[]) => string;
  /** A whole number inside a column of JSON that we wrote, of a name that is there once; null where there is none. */
  readonly numberIn: (column: string, path: readonly string[]) => string;
}

/** A column of rows that come as JSON. */
export type Column = readonly [name: string, type: 'text' | 'integer'];

/** A database. Each statement is its own transaction; parameters are `$1`, `$2`, … */
export interface Sql {
  readonly dialect: Dialect;
  run(text: string, values?: readonly SqlValue[]): Promise<readonly Row[]>;
  /**
   * As `run`, but a power cut within a second may undo it (a killed process cannot): for what happens again by itself,
   * such as a claim. What was run before it is as safe as ever.
   */
  runSoft(text: string, values?: readonly SqlValue[]): Promise<readonly Row[]>;
  /** As `run`, for what must be quick: planned once, to look for every row by an index, whatever the tables were like then. */
  runKept(text: string, values?: readonly SqlValue[]): Promise<readonly Row[]>;
  /** Several statements, all or none. */
  transaction<T>(work: (run: Sql['run']) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** A whole number out of a row. */
export function numberOf(row: Row | undefined, column: string): number {
  return Number(row?.[column] ?? 0);
}

/** A number out of a row, or null. */
export function numberOrNull(row: Row, column: string): number | null {
  const value = row[column];
  return value === null || value === undefined ? null : Number(value);
}

/** A text out of a row, or null. */
export function textOrNull(row: Row, column: string): string | null {
  const value = row[column];
  return value === null || value === undefined ? null : String(value);
}

/** JSON out of a row; null where there is none. */
export function jsonOf(row: Row, column: string): unknown {
  const text = textOrNull(row, column);
  return text === null ? null : JSON.parse(text);
}

/** `$3, $4, $5` for three values from the third on. */
export function places(count: number, from: number): string {
  return Array.from({ length: count }, (_, at) => `$${from + at}`).join(', ');
}
