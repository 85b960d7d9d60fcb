/** The policy's text -> plain data in which every value still knows its line and column. */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';

/** Line and column, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A complaint about the text itself. */
export interface SourceIssue extends Place {
  /** The key path, '' for the file. */
  readonly key: string;
  readonly message: string;
}

/** What the text says. `places` has each value by its key path, and each key by its path with `?` behind. */
export interface PolicySource {
  readonly value: unknown;
  readonly places: ReadonlyMap<string, Place>;
  readonly issues: readonly SourceIssue[];
}

/** A policy is three levels deep and small. More is an attack on the parser (`? ? ?` and alias bombs). */
const DEPTH_LIMIT = 12;
const NODE_LIMIT = 5_000;
/** Of one broken text, the first errors tell the story. */
const SYNTAX_ISSUE_LIMIT = 20;

/** A path of keys and indices as people write it: `overrides[2].min-saved.ratio`. */
export function keyPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

/** Blanks the comments of JSONC, which YAML does not know; every other character keeps its place. */
export function blankComments(text: string): string {
  return text.replace(/"(?:[^"\\\n]|\\.)*"?|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g, (token) =>
    token.startsWith('"') ? token : token.replace(/[^\n\r]/g, ' '),
  );
}

/** Reads YAML, JSON or JSONC. */
export function readSource(path: string, text: string): PolicySource {
  const lines = new LineCounter();
  const document = parseDocument(/\.jsonc?$/i.test(path) ? blankComments(text) : text, {
    lineCounter: lines,
    // The library compares each key with each other: 10,000 keys take a second. The walk below does it with a set.
    uniqueKeys: false,
    // Not 'silent': that would also hide a second document.
    logLevel: 'error',
    prettyErrors: false,
  });
  const syntax = [...document.errors, ...document.warnings].slice(0, SYNTAX_ISSUE_LIMIT).map(({ message, pos }) => {
    const { line, col } = lines.linePos(pos[0]);
    return { key: '', line, column: col, message };
  });
  if (syntax.length > 0) return { value: undefined, places: new Map(), issues: syntax };
  return walk(document, lines);
}

// The library's own toJS turns a key that is a collection into text, level by level: 64 KB of "? " took it 211 seconds
// (yaml 2.9.1). This walk refuses such keys, counts what aliases stand for, and notes the places on its way.
function walk(document: Document, lines: LineCounter): PolicySource {
  const places = new Map<string, Place>();
  const issues: SourceIssue[] = [];
  let nodeCount = 0;

  const placeOf = (node: unknown, fallback: Place): Place => {
    const offset = typeof node === 'object' && node !== null && 'range' in node ? (node as Node).range?.[0] : undefined;
    if (offset === undefined) return fallback;
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };

  const visit = (node: unknown, path: readonly PropertyKey[], fallback: Place): unknown => {
    const key = keyPath(path);
    const place = placeOf(node, fallback);
    places.set(key, place);
    nodeCount += 1;
    if (nodeCount > NODE_LIMIT || path.length > DEPTH_LIMIT) {
      const message = nodeCount > NODE_LIMIT ? `holds more than ${NODE_LIMIT} values` : 'is nested too deeply';
      // Said once; the rest of the walk is cut short by the count.
      if (nodeCount !== Number.POSITIVE_INFINITY) issues.push({ key, ...place, message });
      nodeCount = Number.POSITIVE_INFINITY;
      return undefined;
    }
    if (isAlias(node)) return visit(node.resolve(document), path, place);
    if (isScalar(node)) return node.value;
    if (isSeq(node)) {
      return node.items.map((item, index) => visit(item, [...path, index], place));
    }
    if (!isMap(node)) return null;
    const entries = new Map<string, unknown>();
    for (const pair of node.items) {
      const keyPlace = placeOf(pair.key, place);
      if (!isScalar(pair.key)) {
        issues.push({ key, ...keyPlace, message: 'a key must be plain text' });
        continue;
      }
      const name = String(pair.key.value);
      if (entries.has(name)) {
        issues.push({ key: keyPath([...path, name]), ...keyPlace, message: 'this key is here twice' });
        continue;
      }
      places.set(`${keyPath([...path, name])}?`, keyPlace);
      entries.set(name, visit(pair.value, [...path, name], keyPlace));
    }
    return Object.fromEntries(entries);
  };

  const start = { line: 1, column: 1 };
  const value = document.contents === null ? {} : visit(document.contents, [], start);
  return { value: value === null ? {} : value, places, issues };
}
