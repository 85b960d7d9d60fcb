/** The policy's data against its schema: every complaint with its place, what was expected, what was found, and a hint. */
import * as z from 'zod';
import { PATTERN_LIMIT_COUNT, type PolicyFile, policySchema } from './schema.ts';
import { keyPath, type Place, type PolicySource } from './source.ts';

/** One thing wrong with a policy file. */
export interface PolicyIssue extends Place {
  /** The policy file. */
  readonly path: string;
  /** Such as `overrides[2].min-saved.ratio`; '' for the file. */
  readonly key: string;
  readonly expected: string;
  readonly found: string;
  /** What to do next; '' when expected says it all. */
  readonly hint: string;
  /** Complete on its own: place, key, expected, found, hint. */
  readonly message: string;
}

/** Makes an issue and its sentence. */
export function policyIssue(
  at: Place & { readonly path: string; readonly key: string },
  expected: string,
  found: string,
  hint = '',
): PolicyIssue {
  const { path, line, column, key } = at;
  const where = `${path}:${line}:${column}${key === '' ? '' : ` ${key}`}`;
  const said = found === '' ? expected : `expected ${expected}, found ${found}`;
  return {
    path,
    line,
    column,
    key,
    expected,
    found,
    hint,
    message: `${where}: ${said}.${hint === '' ? '' : ` ${hint}`}`,
  };
}

/** Checks what the text said; the file's values, or everything that is wrong with them. */
export function checkFile(path: string, source: PolicySource): PolicyFile | readonly PolicyIssue[] {
  const parsed = policySchema.safeParse(source.value);
  if (parsed.success) return countPatterns(path, source, parsed.data);
  return parsed.error.issues.flatMap((issue) => explain(path, source, issue));
}

function placed(path: string, source: PolicySource, keys: readonly PropertyKey[], atKey = false) {
  const key = keyPath(keys);
  // A key that is missing has no place of its own: its parent has.
  for (let length = keys.length; length >= 0; length--) {
    const name = keyPath(keys.slice(0, length));
    const place = (atKey ? source.places.get(`${name}?`) : undefined) ?? source.places.get(name);
    if (place) return { path, key, ...place };
  }
  return { path, key, line: 1, column: 1 };
}

function explain(path: string, source: PolicySource, issue: z.core.$ZodIssue): readonly PolicyIssue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => {
      const at = placed(path, source, [...issue.path, name], true);
      return policyIssue(at, 'a key that the policy knows', quoted(name), hintForKey(name, issue.path));
    });
  }
  const value = valueAt(source.value, issue.path);
  const expected = issue.message;
  return [policyIssue(placed(path, source, issue.path), expected, describe(value), hintForValue(value, expected))];
}

function countPatterns(path: string, source: PolicySource, file: PolicyFile): PolicyFile | readonly PolicyIssue[] {
  const overrides = file.overrides ?? [];
  const lists: readonly (readonly [number, readonly PropertyKey[]])[] = [
    [file.include?.length ?? 0, ['include']],
    [file.exclude?.length ?? 0, ['exclude']],
    ...overrides.map((override, index) => [override.files.length, ['overrides', index, 'files']] as const),
  ];
  let total = 0;
  for (const [length, keys] of lists) {
    total += length;
    if (total <= PATTERN_LIMIT_COUNT) continue;
    const expected = `at most ${PATTERN_LIMIT_COUNT} patterns in the whole file`;
    return [policyIssue(placed(path, source, keys), expected, 'more', 'Join patterns with braces: {a,b}/**.')];
  }
  return file;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const part of path) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined;
  }
  return value;
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text);
}

/** A value in words, for `found`. */
export function describe(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'a mapping';
  return String(value);
}

function hintForValue(value: unknown, expected: string): string {
  if (value === null) return 'Give the key a value or take it out.';
  const choices = /^one of (.+)$/.exec(expected)?.[1]?.split(', ');
  if (choices) {
    if (typeof value === 'boolean') return 'Put the word in quotes: YAML reads it as true or false.';
    const near = typeof value === 'string' ? nearest(value, choices) : undefined;
    return near === undefined ? '' : `Did you mean ${near}?`;
  }
  if (typeof value === 'string' && expected.includes(' list ')) return `Write [${quoted(value)}].`;
  if (typeof value === 'string') return hintForNumber(value, expected);
  if (typeof value === 'number' && expected.startsWith('a ratio') && value > 1 && value <= 100) {
    return `Write ${ratioText(value)} for ${value} %.`;
  }
  return '';
}

function hintForNumber(text: string, expected: string): string {
  const percent = /^(\d{1,3}(?:\.\d{1,6})?) ?%$/.exec(text)?.[1];
  if (percent !== undefined && expected.startsWith('a ratio')) return `Write ${ratioText(Number(percent))}.`;
  const plain = text.replace(/(?<=\d)[,_' ](?=\d{3})/g, '');
  if (/^\d{1,15}(\.\d{1,6})?$/.test(plain) && /number|size|ratio/.test(expected))
    return `Write ${plain}, without quotes.`;
  return '';
}

function ratioText(percent: number): string {
  return String(Number((percent / 100).toPrecision(6)));
}

/** The keys of the mapping that a path of the file leads to, from the schema itself. */
function keysAt(path: readonly PropertyKey[]): readonly string[] {
  let schema: z.core.$ZodType | undefined = policySchema;
  for (const part of path) {
    schema = unwrap(schema);
    if (schema instanceof z.ZodArray) schema = schema.element;
    else if (schema instanceof z.ZodObject) schema = schema.shape[String(part)];
    else return [];
  }
  schema = unwrap(schema);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function unwrap(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  return schema instanceof z.ZodOptional ? schema.unwrap() : schema;
}

const GROUPS = ['', 'min-saved', 'budgets', 'textures'] as const;

function hintForKey(name: string, path: readonly PropertyKey[]): string {
  const near = nearest(name, keysAt(path));
  if (near !== undefined) return `Did you mean ${near}?`;
  for (const group of GROUPS) {
    const elsewhere = nearest(name, keysAt(group === '' ? [] : [group]));
    if (elsewhere !== undefined && elsewhere !== '$schema') {
      return group === '' ? `${elsewhere} belongs at the top level.` : `Did you mean ${elsewhere} under ${group}?`;
    }
  }
  return `Known here: ${keysAt(path).join(', ')}.`;
}

/** The word that somebody meant: alike but for case and dashes, or at most two letters away (one in short words). */
export function nearest(word: string, choices: readonly string[]): string | undefined {
  const bare = (text: string) => text.toLowerCase().replace(/[-_ ]/g, '');
  const wanted = bare(word);
  if (wanted.length > 40) return undefined;
  let best: string | undefined;
  let bestDistance = wanted.length > 4 ? 3 : 2;
  for (const choice of choices) {
    const distance = editDistance(wanted, bare(choice));
    if (distance < bestDistance) {
      best = choice;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
