/** The tables of docs that are made from the code. `npm run docs` writes them; a test compares. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SANDBOX_DEFAULTS } from '../app/sandbox/watch.ts';
import { limitVariable } from '../app/settings/limits.ts';
import { LIMIT_NOTES, LIMITS } from '../src/asset/limits.ts';
import { FINDING_CODES } from '../src/finding.ts';
import { TARGETS } from '../src/optimize/target.ts';
import { policyReference } from './policy-docs.ts';

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

\`three\` reads the meshopt codec under both of its names, since r183: the newer one, \`KHR_meshopt_compression\`, is a tenth smaller for the same vertices (a quarter for point clouds) and
is written there. When the nearest \`package.json\` that names \`three\` asks for an older release, the older name is written. All other targets get \`EXT_meshopt_compression\`.

| target | reads | decoders built in | decoders the app can register | mixer restores | source |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

\`auto\` takes the nearest manifest that names an engine: \`package.json\`, \`Cargo.toml\`, \`project.godot\`, \`ProjectSettings/ProjectVersion.txt\`; \`three\` when none does.
With \`auto\` the tracked code is searched too: \`setMeshoptDecoder\`, \`setDRACOLoader\`, \`setKTX2Loader\`, \`meshoptDecoderLocation\`, \`dracoInitialize\` and \`basisInitialize\` register their decoder as
if \`decoders\` named it. Comments and \`node_modules\` do not count. (In a local clone; where looking costs too much, only manifests are read.)

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

function limits(): string {
  const rows = Object.entries(LIMITS).map(([name, value]: [string, number]) => {
    const [code, what, why] = Object.entries(LIMIT_NOTES).find(([key]) => key === name)?.[1] ?? ['', '', ''];
    return `| \`${limitVariable(name)}\` | ${value.toLocaleString('en')} | \`${code}\` | ${what} | ${why} |`;
  });
  return `# Limits

What a file may claim and take. They are checked before anything is decoded; a file over one is \`refused\` with the finding that the table names.
They belong to whoever runs the program: set by the environment, never by a policy, so that no pull request can raise them.

| variable | usual | finding | bounds | why so much |
| --- | ---: | --- | --- | --- |
${rows.join('\n')}
| \`LIMIT_CPU_MS\` | ${SANDBOX_DEFAULTS.cpuMs.toLocaleString('en')} | \`LIMIT_TIME\` | milliseconds of processor time for one asset | the slowest file of our corpus takes a minute |
| \`LIMIT_WALL_MS\` | ${SANDBOX_DEFAULTS.wallMs.toLocaleString('en')} | \`LIMIT_TIME\` | milliseconds for one asset, without waiting for pictures | as above, on a busy machine |

Processor time and memory of a process are watched on Linux; elsewhere V8's heap and the time are bounded, native memory is not.
`;
}

/** File below docs -> its text. */
export function makeDocs(): Readonly<Record<string, string>> {
  return { 'targets.md': targets(), 'findings.md': findings(), 'limits.md': limits(), 'policy.md': policyReference() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of Object.entries(makeDocs()))
    writeFileSync(new URL(`../docs/${name}`, import.meta.url), text);
}
