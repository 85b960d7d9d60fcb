/** The reference of the policy file, made from its schema and its defaults. */
import type { z } from 'zod';
import { POLICY_DEFAULTS, POLICY_LIMIT_BYTES, POLICY_PATHS } from '../src/policy/policy.ts';
import { makeSchemas } from './write-schemas.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

// What a key is when nobody writes it, as it would be written.
const USUALLY: Readonly<Record<string, string>> = {
  target: POLICY_DEFAULTS.target,
  decoders: `[${POLICY_DEFAULTS.decoders.join(', ')}]`,
  preset: POLICY_DEFAULTS.preset,
  mode: POLICY_DEFAULTS.mode,
  'keep-original': POLICY_DEFAULTS.keepOriginal,
  'min-saved.bytes': String(POLICY_DEFAULTS.minSavedBytes),
  'min-saved.ratio': String(POLICY_DEFAULTS.minSavedRatio),
  'max-visual-difference': Object.entries(POLICY_DEFAULTS.maxVisualDifference)
    .map(([preset, limit]) => `${limit} (${preset})`)
    .join(', '),
  structure: POLICY_DEFAULTS.structure,
  'without-renderer': POLICY_DEFAULTS.withoutRenderer,
  include: `[${POLICY_DEFAULTS.include.map((text) => `'${text}'`).join(', ')}]`,
  exclude: '[]',
};

/** `docs/policy.md`. */
export function policyReference(): string {
  const rows = rowsOf(makeSchemas()['policy.schema.json'], '').map(
    ({ key, values, what }) => `| \`${key}\` | ${values} | ${usual(key)} | ${cell(what)} |`,
  );
  return `# The policy file

One file says what a repository wants: ${POLICY_PATHS.map((path) => `\`${path}\``).join(', ')}; more than one of them is an error. It is read at the commit that a pull request starts from
(its merge base), so a pull request cannot loosen what it is held to. All keys are optional. A mistake fails the check with file, line, column, what was expected and what was found; it is never
skipped over. At most ${POLICY_LIMIT_BYTES / 1024} KiB.

\`glb-optimizer init\` writes one after a look at the repository, \`validate\` checks it, \`explain <path>\` says which rule governs a path and where each setting comes from.
Editors complete and check it by the published \`policy.schema.json\`, which is made from the same source as this table.

| key | values | without it | what it does |
| --- | --- | --- | --- |
${rows.join('\n')}

## Words that need one more sentence

- **target** is whose loader has to read the result; it never requires more than [that loader reads](targets.md). \`auto\` looks for the engine in the nearest manifest, and for registered decoders in the code.
- **decoders** are those that your code registers; the report carries the line of code for each one that a file needs.
- **preset**: \`lossless\` changes no pixel and no vertex · \`balanced\` changes what nobody sees (limit 1.5) · \`small\` also writes AVIF, and may be visible to somebody who looks for it (limit 2.5) · \`vram\` writes KTX2 where \`decoders\` or the target allow it, to spare graphics memory.
- **mode**: \`commit\` adds one commit to the branch · \`report\` only tells · \`pull-request\` opens one into the branch (GitHub only).
- **keep-original**: \`suffix\` keeps \`chair.original.glb\` beside, \`folder\` keeps it below \`.glb-originals/\`; \`none\` leaves it to Git's history, where \`/glb undo\` finds it.
- **budgets** are held against the file as it will be after the pull request. One that is exceeded makes the check red, and nothing else changes.

## Patterns

From the root of the repository, with \`/\`: \`*\` within a folder, \`**\` across folders, \`?\` one character, \`{a,b}\` either. What \`exclude\` matches stays out, whatever \`include\` says.

## Overrides

Each takes \`files\` and any of the settings above but \`include\`, \`exclude\`, \`overrides\` and \`extends\`. All that match count, and the later wins, key by key:

\`\`\`yaml
preset: balanced
overrides:
  - files: ['public/hero/**']
    preset: small
    textures: { maxSize: 2048 }
  - files: ['public/hero/logo.glb'] # small as above, but as a report only
    mode: report
\`\`\`

## What wins

From weak to strong: our defaults, the repository that \`extends\` names, this file, its overrides from top to bottom, then what the command line, the Action's inputs or a \`/glb\` command say.
What a file may cost the machine is no setting of the repository: the operator's [limits](limits.md).
`;
}

const usual = (key: string): string => (USUALLY[key] === undefined ? '–' : `\`${USUALLY[key]}\``);
// A pipe would end the cell.
const cell = (text: string): string => text.replaceAll('|', '\\|');

interface Row {
  readonly key: string;
  readonly values: string;
  readonly what: string;
}

function rowsOf(schema: JsonSchema, above: string): readonly Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]): readonly Row[] => {
    if (typeof property === 'boolean') return [];
    const key = `${above}${name}`;
    if (property.type === 'object') return rowsOf(property, `${key}.`);
    return [{ key, values: cell(valuesOf(property)), what: property.description ?? '' }];
  });
}

function valuesOf(schema: JsonSchema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(' · ');
  if (schema.anyOf !== undefined) return 'bytes, or text such as `5 MB`';
  if (schema.pattern !== undefined) return '`owner/repository`';
  if (schema.type === 'array') return listOf(schema);
  if (schema.type === 'string') return 'text';
  const { minimum, maximum } = schema;
  const range = maximum === undefined ? `${minimum ?? 0} or more` : `${minimum ?? 0} to ${maximum}`;
  return schema.type === 'integer' ? `a whole number, ${range}` : `a number, ${range}`;
}

function listOf({ items }: JsonSchema): string {
  if (items === undefined || typeof items === 'boolean' || Array.isArray(items)) return 'a list';
  if (items.enum !== undefined) return `a list of ${valuesOf(items)}`;
  return items.type === 'object' ? 'a list, see below' : 'a list of patterns';
}
