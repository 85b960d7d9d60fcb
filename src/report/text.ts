/**
 * Foreign text on its way into a comment, a page or a terminal: cleaned, capped, escaped. A name in a pull request is
 * written by anybody and may hold a pipe, a mention, HTML or a megabyte.
 */

/** What a reader sees for a character that would steer the text around it. */
const REPLACEMENT = '\uFFFD';

// Controls, formats (zero-width and bidirectional ones [CVE-2021-42574], tags), halves of surrogate pairs, separators.
const STEERING = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

// Commands to the runner of GitHub Actions: `::error::` at the start of a line, `##[error]` anywhere in it.
// [actions/runner src/Runner.Common/ActionCommand.cs, TryParseV2 and TryParse]
const COMMAND = /^(\s*:)(?=:)|(#)(?=#\[)/g;

/** One line of visible characters, at most `limitChars` of them, the end cut off behind `…`. */
export function clean(text: string, limitChars: number): string {
  // Cut roughly first: the expressions below shall not walk over a megabyte. No character takes more than two units.
  const near = text.slice(0, limitChars * 2 + 64);
  const visible = near
    .replace(/\s+/g, ' ')
    .replace(STEERING, REPLACEMENT)
    .trim()
    .replace(COMMAND, `$1$2${REPLACEMENT}`);
  const characters = [...visible];
  if (characters.length <= limitChars && near.length === text.length) return visible;
  return `${characters
    .slice(0, Math.max(0, limitChars - 1))
    .join('')
    .trimEnd()}…`;
}

/** As `clean`, cut in the middle: of a path the end is worth more than its middle. */
export function cleanPath(path: string, limitChars: number): string {
  const characters = [...clean(path, Math.max(limitChars, 4096))];
  if (characters.length <= limitChars) return characters.join('');
  const head = Math.floor((limitChars - 1) / 3);
  const tail = characters.length - (limitChars - 1 - head);
  return `${characters.slice(0, head).join('')}…${characters.slice(tail).join('')}`;
}

/** Text inside HTML elements and attributes. */
export function html(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

// A zero-width space: the only thing that stops GitHub's filters, which look at the finished text for mentions,
// issues, emoji and addresses. Renovate does the same (lib/util/markdown.ts).
const BREAK = '&#8203;';

/**
 * Foreign text as inline Markdown that shows exactly these characters: no markup, mention, issue, emoji, formula or link.
 * Every character that could be markup becomes an entity, which needs no knowledge of its place (a table, a list).
 */
export function plain(text: string, limitChars: number): string {
  return (
    clean(text, limitChars)
      .replace(/[&<>|`*~[\]\\$]/g, (sign) => `&#${sign.charCodeAt(0)};`)
      .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '&#95;')
      .replace(/@/g, `@${BREAK}`)
      .replace(/(?<!&)#/g, `#${BREAK}`)
      .replace(/(gh)-(?=\d)/gi, `$1-${BREAK}`)
      .replace(/:(?=[/\w+-])/g, `:${BREAK}`)
      .replace(/www(?=\.)/gi, `$&${BREAK}`)
      .replace(/^[-+=]/, (sign) => `&#${sign.charCodeAt(0)};`)
      // A number at the start begins a list only before a space.
      .replace(/^(\d{1,9})([.)])(?=\s|$)/, (_all, digits: string, mark: string) => `${digits}&#${mark.charCodeAt(0)};`)
  );
}

/** A path or an identifier as code: GitHub looks for no mention, issue, emoji or address in there. */
export function code(text: string, limitChars = 120): string {
  const shown = cleanPath(text, limitChars);
  if (shown === '') return '<code></code>';
  // A code span takes everything literally but backticks, and pipes where it stands in a table.
  if (!/[`|]/.test(shown)) return `\`${shown}\``;
  return `<code>${plain(shown, limitChars)}</code>`;
}

/** A block of code; the fence is longer than any in it. */
export function codeBlock(text: string, language: string): string {
  const lines = text
    .split(/\r\n?|\n/)
    .map((line) => line.replaceAll('\t', '  ').replace(STEERING, REPLACEMENT).trimEnd());
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${lines.join('\n')}\n${fence}`;
}

/** A row of a table; its cells are Markdown already. */
export function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** A table with its head; `align` is `l` or `r` for each column. */
export function table(head: readonly string[], align: string, rows: readonly (readonly string[])[]): string {
  const rule = [...align].map((side) => (side === 'r' ? '--:' : ':--'));
  return [tableRow(head), tableRow(rule), ...rows.map(tableRow)].join('\n');
}
