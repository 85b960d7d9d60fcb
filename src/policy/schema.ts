/**
 * The policy file's shape. One schema makes the types, the check and the published JSON Schema.
 * The error text of each value says what is expected there; `check.ts` adds place, finding and hint.
 */
import * as z from 'zod';
import { KIB, MIB } from '../units.ts';
import { explainPattern, PATTERN_LIMIT_CHARS } from './pattern.ts';

/** Patterns that one policy may hold, over all its lists. */
export const PATTERN_LIMIT_COUNT = 100;

const BYTE_FACTORS: Readonly<Record<string, number>> = Object.freeze({
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: KIB,
  mib: MIB,
  gib: 1024 * MIB,
});
const BYTE_SIZE = /^\d{1,12}(\.\d{1,6})? ?([kKmMgG][iI]?)?[bB]$/;

/** Bytes written as text, such as `5 MB` or `64 MiB`; undefined when it is not such a text. */
export function parseByteSize(text: string): number | undefined {
  if (!BYTE_SIZE.test(text)) return undefined;
  const amount = Number.parseFloat(text);
  const unit = text.replace(/[\d. ]/g, '').toLowerCase();
  return Math.round(amount * (BYTE_FACTORS[unit] ?? 1));
}

function choice<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, { error: `one of ${values.join(', ')}` });
}

function number(expected: string, min: number, max: number) {
  return z.number({ error: expected }).min(min, { error: expected }).max(max, { error: expected });
}

function whole(expected: string, min: number, max: number = Number.MAX_SAFE_INTEGER) {
  return z.int({ error: expected }).min(min, { error: expected }).max(max, { error: expected });
}

function byteSize() {
  const expected = 'a whole number of bytes or a size such as 5 MB or 64 MiB';
  const text = z.string().regex(BYTE_SIZE, { error: expected });
  return z
    .union([whole(expected, 0), text], { error: expected })
    .transform((size) => (typeof size === 'number' ? size : (parseByteSize(size) ?? 0)));
}

function group<T extends z.ZodRawShape>(shape: T) {
  return z.strictObject(shape, { error: `a mapping of ${Object.keys(shape).join(', ')}` });
}

const pattern = z
  .string({ error: 'a pattern such as models/**' })
  .min(1, { error: 'a pattern such as models/**' })
  .max(PATTERN_LIMIT_CHARS, { error: `a pattern of at most ${PATTERN_LIMIT_CHARS} characters` })
  .superRefine((text, context) => {
    const expected = explainPattern(text);
    if (expected !== undefined) context.addIssue({ code: 'custom', message: expected });
  });
const patterns = z
  .array(pattern, { error: 'a list of patterns' })
  .max(PATTERN_LIMIT_COUNT, { error: `at most ${PATTERN_LIMIT_COUNT} patterns` });

/** Who loads the files. */
export const targetSchema = choice([
  'auto',
  'universal',
  'three',
  'r3f',
  'babylon',
  'model-viewer',
  'playcanvas',
  'unity',
  'godot',
  'bevy',
  'blender',
]);
/** Decoders that an app may register. */
export const decoderSchema = choice(['meshopt', 'draco', 'ktx2']);
/** Where the search for small files stops. */
export const presetSchema = choice(['lossless', 'balanced', 'small', 'vram']);
/** What to do with an improved file. */
export const modeSchema = choice(['commit', 'report', 'pull-request']);
/** What becomes of the original. */
export const keepOriginalSchema = choice(['none', 'suffix', 'folder']);

const count = 'a whole number, 0 or more';
const edge = 'a whole number of pixels from 16 to 16384';

/** Limits that an asset must keep. */
export const budgetSchema = group({
  byteLength: byteSize().optional().describe('Bytes on disk: a number, or text such as 5 MB.'),
  triangleCount: whole(count, 0).optional().describe('Triangles drawn.'),
  drawCallCount: whole(count, 0).optional().describe('Draw calls.'),
  gpuByteLength: byteSize().optional().describe('Bytes decoded for the GPU: a number, or text such as 64 MB.'),
  textureSize: whole(edge, 16, 16_384).optional().describe('The longer edge of a texture, in pixels.'),
});

const settings = {
  target: targetSchema.optional().describe('Who loads the files. auto looks into package.json.'),
  decoders: z
    .array(decoderSchema, { error: 'a list of decoders' })
    .max(3, { error: 'a list of decoders, each once' })
    .optional()
    .describe('Which decoders the app registers with its loader.'),
  preset: presetSchema.optional().describe('How far the search for small files goes.'),
  mode: modeSchema.optional().describe('What to do with an improved file.'),
  'keep-original': keepOriginalSchema.optional().describe('What becomes of the original.'),
  'min-saved': group({
    bytes: byteSize().optional().describe('Smaller savings are not worth a commit.'),
    ratio: number('a ratio from 0 to 1, such as 0.05', 0, 1)
      .optional()
      .describe('As bytes, in parts of the file: 0 to 1.'),
  }).optional(),
  'max-visual-difference': number('a number from 0 to 10', 0, 10)
    .optional()
    .describe("The visual guard's limit: 0 identical, 1 invisible, 1.5 visible from here on."),
  budgets: budgetSchema.optional().describe('Limits that fail the check when an asset exceeds them.'),
  textures: group({
    maxSize: whole(edge, 16, 16_384).optional().describe('Larger textures are reduced to this longer edge, in pixels.'),
  }).optional(),
  structure: choice(['keep', 'merge'])
    .optional()
    .describe('merge allows join, flatten, palette and instance, which cost names and nodes.'),
  'without-renderer': choice(['needs-review', 'commit'])
    .optional()
    .describe('What a lossy result becomes when no browser could compare it.'),
};

/** One override: the files it is for, and the settings that differ there. */
export const overrideSchema = group({
  files: patterns.min(1, { error: 'at least one pattern' }).describe('Patterns from the root of the repository.'),
  ...settings,
});

/** The whole file. */
export const policySchema = group({
  $schema: z.string({ error: 'an address' }).optional().describe('For editors only.'),
  ...settings,
  include: patterns.optional().describe('Patterns of the files to look at; all .glb files when left out.'),
  exclude: patterns.optional().describe('Patterns of the files to leave alone; wins over include.'),
  overrides: z
    .array(overrideSchema, { error: 'a list of overrides' })
    .optional()
    .describe('Settings for some files; a later override wins over an earlier one.'),
  extends: z
    .string({ error: 'owner/repository' })
    .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[A-Za-z0-9._-]{1,100}$/, { error: 'owner/repository' })
    .optional()
    .describe('A repository of the same owner whose policy this one builds on.'),
});

/** The settings of a policy or an override, as written. */
export type SettingsFile = Omit<z.output<typeof overrideSchema>, 'files'>;
/** The policy file, as written, with sizes in bytes. */
export type PolicyFile = z.output<typeof policySchema>;
