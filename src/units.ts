/** Units and their text. Numbers inside are bytes, pixels, milliseconds and ratios (0 to 1); percent exists only here, as text. */

/** A SHA-256 in lower-case hexadecimal, 64 characters. */
export type Digest = string;

/** 1,024 bytes. */
export const KIB = 1024;
/** 1,048,576 bytes. */
export const MIB = 1024 * 1024;

const BYTE_STEPS = [
  ['GB', 1e9],
  ['MB', 1e6],
  ['kB', 1e3],
] as const;

/** Bytes as people read them, in decimal units and three significant digits: `51.9 MB`, `850 B`. */
export function formatBytes(byteLength: number): string {
  const size = Math.abs(byteLength);
  for (const [unit, factor] of BYTE_STEPS) {
    // 999,500 bytes would round to "1000 kB": it is 1 MB.
    if (size >= factor * 0.9995) return `${(byteLength / factor).toPrecision(3)} ${unit}`;
  }
  return `${byteLength} B`;
}

/** A saved ratio (0 to 1) as text with a sign: `−92.4 %`; a growth is `+3.0 %`, and nothing is `±0 %`. */
export function formatSaved(savedRatio: number): string {
  const percent = Math.abs(savedRatio) * 100;
  if (percent < 0.05) return '±0 %';
  // Never round a real saving up to "−100 %".
  const text = percent > 99.9 && percent < 100 ? '99.9' : percent.toFixed(1);
  return `${savedRatio > 0 ? '−' : '+'}${text} %`;
}

/** Milliseconds as people read them: `840 ms`, `12.4 s`, `3 min 5 s`. */
export function formatMs(durationMs: number): string {
  if (durationMs < 999.5) return `${Math.round(durationMs)} ms`;
  if (durationMs < 99_950) return `${(durationMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** A whole number with thousands separators: `1,536,000`. */
export function formatCount(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** A count and its noun: `1 texture`, `2 textures`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** The smallest of any number of values; spreading them into Math.min overflows the stack at some 100,000. */
export function leastOf(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
}

/** The largest of any number of values. */
export function mostOf(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
}
