/** The tables of docs that are made from the code. `npm run docs` writes them; a test compares. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FINDING_CODES } from '../src/finding.ts';
import { TARGETS } from '../src/optimize/target.ts';

const list = (names: readonly string[]): string =>
  names.length === 0 ? '–' : names.map((name) => `\`${name}\``).join(', ');

function targets(): string {
  const rows = Object.entries(TARGETS).map(([name, { reads, builtIn, registers, mixerRestores, source }]) => {
    const registered = Object.keys(registers);
    return `| \`${name}\` | ${list(reads)} | ${list(builtIn)} | ${list(registered)} | ${mixerRestores ? 'yes' : 'no'} | ${source} |`;
  });
  const lines = Object.entries(TARGETS).flatMap(([name, { registers }]) =>
    Object.entries(registers).map(([decoder, line]) => `| \`${name}\` | \`${decoder}\` | \`${line}\` |`),
  );
  return `# Targets

What each loader reads out of the box, and where we looked. An output never requires more, except what its source already requires.
A decoder that is *built in* is used by itself; one that the app *can register* only when \`decoders\` of the policy names it (\`meshopt\` is named by default).
The last column but one says whether the engine's animation mixer puts a node back at rest when no running clip moves it: only then may a clip's idle channels go.

| target | reads | decoders built in | decoders the app can register | mixer restores | source |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

\`auto\` takes the nearest manifest that names an engine: \`package.json\`, \`Cargo.toml\`, \`project.godot\`, \`ProjectSettings/ProjectVersion.txt\`; \`three\` when none does.

## The line to add

| target | decoder | line |
| --- | --- | --- |
${lines.join('\n')}
`;
}

function findings(): string {
  const rows = Object.entries(FINDING_CODES).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  return `# Findings

What the tool notices in an asset: a stable code, a severity (error, warning, information, hint) and a JSON pointer into the glTF JSON.
Codes of the Khronos validator come with the prefix \`VALIDATOR_\` and are explained in its own
[ISSUES.md](https://github.com/KhronosGroup/glTF-Validator/blob/main/ISSUES.md).

| code | means |
| --- | --- |
${rows.join('\n')}
`;
}

/** File below docs -> its text. */
export function makeDocs(): Readonly<Record<string, string>> {
  return { 'targets.md': targets(), 'findings.md': findings() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of Object.entries(makeDocs()))
    writeFileSync(new URL(`../docs/${name}`, import.meta.url), text);
}
