/** The policy file: types, defaults, and the parser whose errors carry line and key. */
import type { z } from 'zod';
import { BotError } from '../errors.ts';
import { checkFile, type PolicyIssue, policyIssue } from './check.ts';
import { type Pattern, readPattern } from './pattern.ts';
import type {
  decoderSchema,
  keepOriginalSchema,
  modeSchema,
  PolicyFile,
  presetSchema,
  SettingsFile,
  targetSchema,
} from './schema.ts';
import { keyPath, type PolicySource, readSource } from './source.ts';

/** Where the search for small files stops. */
export type Preset = z.infer<typeof presetSchema>;
/** Who loads the files: a list of extensions that its loader reads out of the box (`optimize/target.ts`). */
export type Target = z.infer<typeof targetSchema>;
/** A decoder that the app has to register with its loader. */
export type Decoder = z.infer<typeof decoderSchema>;
/** What to do with an improved file. */
export type Mode = z.infer<typeof modeSchema>;
/** What becomes of the original. */
export type KeepOriginal = z.infer<typeof keepOriginalSchema>;

/** Limits that an asset must keep, before or after; absent means unlimited. */
export interface Budget {
  readonly byteLength?: number;
  readonly triangleCount?: number;
  readonly drawCallCount?: number;
  readonly gpuByteLength?: number;
  /** The longer edge of a texture in pixels. */
  readonly textureSize?: number;
}

/** The settings that govern one path, after presets and overrides are applied. */
export interface Rule {
  /** `policy` for the file's top level, `overrides[2]` for the last override that matched, `default` without a file. */
  readonly name: string;
  readonly target: Target;
  readonly decoders: readonly Decoder[];
  readonly preset: Preset;
  readonly mode: Mode;
  readonly keepOriginal: KeepOriginal;
  readonly minSavedBytes: number;
  /** 0 to 1. */
  readonly minSavedRatio: number;
  /** On the scale of D: 0 identical, 1 invisible, 1.5 visible from here on. */
  readonly maxVisualDifference: number;
  readonly budget: Budget;
  /** The longer edge that textures are reduced to, in pixels; null leaves them as they are. */
  readonly textureMaxSizePx: number | null;
  /** `merge` allows join, flatten, palette and instance, which cost names and nodes. */
  readonly structure: 'keep' | 'merge';
  /** What a lossy result becomes when no browser could compare it. */
  readonly withoutRenderer: 'needs-review' | 'commit';
}

/** A rule without its name. */
export type Settings = Omit<Rule, 'name'>;
/** Flags that win over the policy file. */
export type RuleFlags = Partial<Settings>;

/** The settings of one part of the policy file, as written. */
export interface Layer {
  /** `policy` or `overrides[2]`. */
  readonly name: string;
  readonly settings: { readonly [K in keyof Settings]?: Settings[K] | undefined };
  /** `file:line:column` of a key path below this layer, such as `min-saved.ratio`. */
  readonly at: (key: string) => string;
}

/** An override: a layer for some files. */
export interface Override extends Layer {
  readonly files: readonly Pattern[];
}

/** A policy file that is sound. */
export interface Policy {
  readonly path: string;
  readonly top: Layer;
  readonly include: readonly Pattern[];
  readonly exclude: readonly Pattern[];
  readonly overrides: readonly Override[];
  /** `owner/repository` whose policy this one builds on, not yet looked at; null when there is none. */
  readonly extends: string | null;
  /** The layers of that policy, below all others; see `parsePolicies`. */
  readonly below?: { readonly top: Layer; readonly overrides: readonly Override[] };
}

/** What holds where nothing is written. */
export const POLICY_DEFAULTS = Object.freeze({
  target: 'auto',
  decoders: Object.freeze(['meshopt'] as const),
  preset: 'balanced',
  mode: 'commit',
  keepOriginal: 'none',
  minSavedBytes: 1024,
  minSavedRatio: 0.05,
  /** By preset: 1.5 is where differences begin to be visible, see docs/visual-guard.md. */
  maxVisualDifference: Object.freeze({ lossless: 0, balanced: 1.5, vram: 1.5, small: 2.5 } as const),
  budget: Object.freeze({}),
  textureMaxSizePx: null,
  structure: 'keep',
  withoutRenderer: 'needs-review',
  include: Object.freeze(['**/*.glb', '**/*.GLB'] as const),
  exclude: Object.freeze([] as const),
} as const);

/** Where a repository keeps its policy; more than one of them is an error. */
export const POLICY_PATHS: readonly string[] = Object.freeze(
  ['yml', 'yaml', 'json', 'jsonc'].map((end) => `.github/glb-optimizer.${end}`),
);

/** A policy file is a page of text; more is refused before it is parsed. */
export const POLICY_LIMIT_BYTES = 64 * 1024;

/** Everything that is wrong with a policy file. Its code is `POLICY_INVALID`. */
export class PolicyError extends BotError {
  readonly issues: readonly PolicyIssue[];

  constructor(issues: readonly PolicyIssue[]) {
    super('POLICY_INVALID', issues.map((issue) => issue.message).join('\n'));
    this.name = 'PolicyError';
    this.issues = issues;
  }
}

/** Reads a policy file (YAML, JSON or JSONC by its name); throws a `PolicyError` that lists everything wrong with it. */
export function parsePolicy(file: { readonly path: string; readonly text: string }): Policy {
  const checked = checkPolicy(file);
  if (checked.kind === 'invalid') throw new PolicyError(checked.issues);
  return checked.policy;
}

/** As `parsePolicy`, with the answer as a value. */
export function checkPolicy(file: {
  readonly path: string;
  readonly text: string;
}):
  | { readonly kind: 'valid'; readonly policy: Policy }
  | { readonly kind: 'invalid'; readonly issues: readonly PolicyIssue[] } {
  const { path, text } = file;
  const byteLength = new TextEncoder().encode(text).byteLength;
  if (byteLength > POLICY_LIMIT_BYTES) {
    const at = { path, key: '', line: 1, column: 1 };
    return { kind: 'invalid', issues: [policyIssue(at, 'at most 65536 bytes', `${byteLength} bytes`)] };
  }
  const source = readSource(path, text);
  if (source.issues.length > 0) {
    return {
      kind: 'invalid',
      issues: source.issues.map((issue) => policyIssue({ path, ...issue }, issue.message, '')),
    };
  }
  const checked = checkFile(path, source);
  if ('length' in checked) return { kind: 'invalid', issues: checked };
  return { kind: 'valid', policy: policyOf(path, source, checked) };
}

function policyOf(path: string, source: PolicySource, file: PolicyFile): Policy {
  const at = (key: string) => {
    const place = source.places.get(key);
    return place === undefined ? path : `${path}:${place.line}:${place.column}`;
  };
  const patterns = (texts: readonly string[], keys: readonly PropertyKey[]) =>
    texts.map((text, index) => readPattern(text, at(keyPath([...keys, index]))));
  return {
    path,
    top: { name: 'policy', settings: settingsOf(file), at },
    include: file.include
      ? patterns(file.include, ['include'])
      : POLICY_DEFAULTS.include.map((text) => readPattern(text, 'default')),
    exclude: patterns(file.exclude ?? POLICY_DEFAULTS.exclude, ['exclude']),
    overrides: (file.overrides ?? []).map((override, index) => {
      const name = `overrides[${index}]`;
      return {
        name,
        settings: settingsOf(override),
        at: (key) => at(`${name}.${key}`),
        files: patterns(override.files, ['overrides', index, 'files']),
      };
    }),
    extends: file.extends ?? null,
  };
}

function settingsOf(file: SettingsFile): Layer['settings'] {
  return {
    target: file.target,
    decoders: file.decoders,
    preset: file.preset,
    mode: file.mode,
    keepOriginal: file['keep-original'],
    minSavedBytes: file['min-saved']?.bytes,
    minSavedRatio: file['min-saved']?.ratio,
    maxVisualDifference: file['max-visual-difference'],
    budget: file.budgets && budgetOf(file.budgets),
    textureMaxSizePx: file.textures?.maxSize,
    structure: file.structure,
    withoutRenderer: file['without-renderer'],
  };
}

function budgetOf(written: NonNullable<SettingsFile['budgets']>): Budget {
  const { byteLength, triangleCount, drawCallCount, gpuByteLength, textureSize } = written;
  return {
    ...(byteLength !== undefined && { byteLength }),
    ...(triangleCount !== undefined && { triangleCount }),
    ...(drawCallCount !== undefined && { drawCallCount }),
    ...(gpuByteLength !== undefined && { gpuByteLength }),
    ...(textureSize !== undefined && { textureSize }),
  };
}
