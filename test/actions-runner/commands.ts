/** What a runner does with the log and the files of a step. Written from the runner's sources, not from ours. */

/** A command found in the log. */
export interface RunnerCommand {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly message: string;
}

const KNOWN = new Set(
  'debug notice warning error group endgroup add-mask stop-commands echo set-output save-state set-env add-path add-matcher remove-matcher'.split(
    ' ',
  ),
);

/**
 * The command of a line, if it is one. [actions/runner src/Runner.Common/ActionCommand.cs] `::name k=v,k=v::message` behind
 * blanks; else `##[name k=v;k=v]message` anywhere.
 */
export function parseCommand(line: string): RunnerCommand | undefined {
  const modern = /^\s*::(.*?)::(.*)$/s.exec(line);
  const found = modern ?? /##\[(.*?)\](.*)$/s.exec(line);
  const [, head = '', message = ''] = found ?? [];
  const [name = '', list = ''] = head.split(/ (.*)/s);
  if (!KNOWN.has(name.toLowerCase())) return undefined;
  const properties = Object.fromEntries(
    list
      .split(modern ? ',' : ';')
      .filter((pair) => pair.includes('='))
      .map((pair) => {
        const [key = '', value = ''] = pair.split(/=(.*)/s);
        return [key.trim(), unescapeText(value.replaceAll('%3A', ':').replaceAll('%2C', ','))];
      }),
  );
  return { name: name.toLowerCase(), properties, message: unescapeText(message) };
}

function unescapeText(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}

/** [actions/runner src/Runner.Worker/FileCommandManager.cs] `name=value` lines and `name<<END` blocks; throws on anything else. */
export function parseFileCommands(text: string): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line === '') continue;
    const equals = line.indexOf('=');
    const heredoc = line.indexOf('<<');
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      values[line.slice(0, equals)] = line.slice(equals + 1);
      continue;
    }
    if (heredoc <= 0) throw new Error(`Invalid format '${line}'`);
    const end = lines.indexOf(line.slice(heredoc + 2), at + 1);
    if (end < 0) throw new Error(`Invalid value. Matching delimiter not found '${line.slice(heredoc + 2)}'`);
    values[line.slice(0, heredoc)] = lines.slice(at + 1, end).join('\n');
    at = end;
  }
  return values;
}
