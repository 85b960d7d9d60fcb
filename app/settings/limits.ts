/** The operator's limits from the environment: `LIMIT_IMAGE_PIXELS` for `imagePixels`, and so on. A pull request cannot set them. */
import { BotError, LIMITS, type Limits } from '../../src/index.ts';

/** The limits of a process in the sandbox that an operator may set. */
export interface ProcessLimits {
  readonly cpuMs?: number;
  readonly wallMs?: number;
}

const LIMIT_NAMES = Object.keys(LIMITS) as (keyof Limits)[];

// A browser holds a file in one piece, and ends with more.
const MOST_BYTES = 2 ** 31 - 1;

/** The variable of a limit: `LIMIT_IMAGE_PIXELS` for `imagePixels`. */
export function limitVariable(name: string): string {
  return `LIMIT_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** Reads them; throws `USAGE` for what is no whole number above 0. */
export function readLimits(env: Readonly<Record<string, string | undefined>>): {
  readonly file: Limits;
  readonly process: ProcessLimits;
} {
  const read = (name: string): number | undefined => {
    const variable = limitVariable(name);
    const text = env[variable];
    if (text === undefined || text === '') return undefined;
    const value = Number(text);
    const most = name === 'byteLength' ? MOST_BYTES : Number.MAX_SAFE_INTEGER;
    if (/^\d+$/.test(text) && value > 0 && value <= most) return value;
    throw new BotError('USAGE', 'this is no limit.', {
      at: variable,
      expected: `a whole number above 0${most === MOST_BYTES ? `, at most ${MOST_BYTES}` : ''}`,
      received: text.slice(0, 40),
      hint: 'docs/limits.md says what each limit bounds.',
    });
  };
  const file: { -readonly [K in keyof Limits]: number } = { ...LIMITS };
  for (const name of LIMIT_NAMES) file[name] = read(name) ?? file[name];
  const [cpuMs, wallMs] = [read('cpuMs'), read('wallMs')];
  return {
    file,
    process: { ...(cpuMs === undefined ? {} : { cpuMs }), ...(wallMs === undefined ? {} : { wallMs }) },
  };
}
