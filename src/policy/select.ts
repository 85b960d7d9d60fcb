/** Path -> the one rule that governs it, or why none does; and where each of its settings comes from. */

import { keptFor } from './kept-original.ts';
import { type Pattern, readPattern } from './pattern.ts';
import { type Layer, POLICY_DEFAULTS, type Policy, type Rule, type RuleFlags, type Settings } from './policy.ts';

/** The rule for a path, or why it is left alone. */
export type Selection =
  | { readonly kind: 'assigned'; readonly rule: Rule }
  | { readonly kind: 'skipped'; readonly why: string };

/** One setting of a rule and its origin. */
export interface Origin {
  /** As in the policy file, such as `min-saved.ratio`. */
  readonly key: string;
  readonly value: unknown;
  /** `default`, `preset small`, `policy`, `overrides[2]` or `flag`. */
  readonly from: string;
  /** `file:line:column`; null for what is not in a file. */
  readonly at: string | null;
}

/** Which rule governs a path and why. */
export interface Explanation {
  readonly path: string;
  readonly selection: Selection;
  /** The policy file; null without one. */
  readonly policy: string | null;
  /** The pattern that let the path in or kept it out. */
  readonly decidedBy: { readonly text: string; readonly at: string | null } | null;
  /** The overrides that matched, in the order of the file. */
  readonly matched: readonly { readonly name: string; readonly pattern: string; readonly at: string }[];
  /** Empty when the path is skipped. */
  readonly origins: readonly Origin[];
}

/** The key of each setting in the policy file. */
export const FILE_KEYS: Readonly<Record<keyof Settings, string>> = Object.freeze({
  target: 'target',
  decoders: 'decoders',
  preset: 'preset',
  mode: 'mode',
  keepOriginal: 'keep-original',
  minSavedBytes: 'min-saved.bytes',
  minSavedRatio: 'min-saved.ratio',
  maxVisualDifference: 'max-visual-difference',
  budget: 'budgets',
  textureMaxSizePx: 'textures.maxSize',
  structure: 'structure',
  withoutRenderer: 'without-renderer',
});

const DEFAULT_INCLUDE = POLICY_DEFAULTS.include.map((text) => readPattern(text, 'default'));

/** The rule for a path: defaults, then the policy, then its overrides in order, then flags. */
export function selectRule(policy: Policy | undefined, path: string, flags: RuleFlags = {}): Selection {
  return explainRule(policy, path, flags).selection;
}

/** As `selectRule`, with the origin of everything. */
export function explainRule(policy: Policy | undefined, path: string, flags: RuleFlags = {}): Explanation {
  const explanation = explainAsset(policy, path, flags);
  if (explanation.selection.kind === 'skipped') return explanation;
  // Optimizing a kept original would lose what it is kept for. The policy keeps them, whatever the flags of this run are.
  const kept = keptFor(path).find((source) => {
    const { selection } = explainAsset(policy, source.path, {});
    return selection.kind === 'assigned' && selection.rule.keepOriginal === source.keep;
  });
  if (kept === undefined) return explanation;
  const why = `kept as the original of ${kept.path} (keep-original: ${kept.keep})`;
  return { ...explanation, selection: { kind: 'skipped', why }, decidedBy: null, matched: [], origins: [] };
}

function explainAsset(policy: Policy | undefined, path: string, flags: RuleFlags): Explanation {
  const base = { path, policy: policy?.path ?? null };
  const find = (patterns: readonly Pattern[]) => patterns.find((pattern) => pattern.matches(path));
  const skipped = (why: string, by: Pattern | undefined): Explanation => ({
    ...base,
    selection: { kind: 'skipped', why },
    decidedBy: by === undefined ? null : decider(by),
    matched: [],
    origins: [],
  });

  const excluded = find(policy?.exclude ?? []);
  if (excluded) return skipped(`excluded by ${excluded.text} (${excluded.at})`, excluded);
  const included = find(policy?.include ?? DEFAULT_INCLUDE);
  if (!included) return skipped('no pattern of include matches', undefined);

  const matching = (all: Policy['overrides']) =>
    all.flatMap((override) => {
      const pattern = find(override.files);
      return pattern ? [{ override, pattern }] : [];
    });
  const below = policy?.below;
  const lower = matching(below?.overrides ?? []);
  const overrides = matching(policy?.overrides ?? []);
  const written: readonly Layer[] = [
    ...(below ? [below.top] : []),
    ...lower.map(({ override }) => override),
    ...(policy ? [policy.top] : []),
    ...overrides.map(({ override }) => override),
    { name: 'flag', settings: flags, at: () => '' },
  ];
  const { settings, origins } = merge(written);
  const name = overrides.at(-1)?.override.name ?? (policy ? 'policy' : 'default');
  return {
    ...base,
    selection: { kind: 'assigned', rule: { name, ...settings } },
    decidedBy: decider(included),
    matched: [...lower, ...overrides].map(({ override, pattern }) => ({
      name: override.name,
      pattern: pattern.text,
      at: pattern.at,
    })),
    origins,
  };
}

function decider(pattern: Pattern): Explanation['decidedBy'] {
  return { text: pattern.text, at: pattern.at === 'default' ? null : pattern.at };
}

function merge(layers: readonly Layer[]): { readonly settings: Settings; readonly origins: readonly Origin[] } {
  const origins: Origin[] = [];
  const note = (key: string, value: unknown, layer: Layer | undefined, otherwise = 'default') => {
    const at = layer === undefined || layer.name === 'flag' ? null : layer.at(key);
    origins.push({ key, value, from: layer?.name ?? otherwise, at });
  };
  function last<K extends keyof Settings>(key: K, fallback: Settings[K], otherwise?: string): Settings[K] {
    let value = fallback;
    let origin: Layer | undefined;
    for (const layer of layers) {
      const written: Settings[K] | undefined = layer.settings[key];
      if (written === undefined) continue;
      value = written;
      origin = layer;
    }
    note(FILE_KEYS[key], value, origin, otherwise);
    return value;
  }
  // Budgets are merged limit by limit: an override that allows more triangles says nothing about bytes.
  function budgets(): Settings['budget'] {
    const entries = layers.flatMap((layer) =>
      Object.entries(layer.settings.budget ?? {}).map(([limit, value]) => ({ limit, value, layer })),
    );
    const won = new Map(entries.map((entry) => [entry.limit, entry]));
    for (const { limit, value, layer } of won.values()) note(`${FILE_KEYS.budget}.${limit}`, value, layer);
    let all: Settings['budget'] = POLICY_DEFAULTS.budget;
    for (const layer of layers) all = { ...all, ...layer.settings.budget };
    return all;
  }

  const preset = last('preset', POLICY_DEFAULTS.preset);
  const settings: Settings = {
    target: last('target', POLICY_DEFAULTS.target),
    decoders: last('decoders', POLICY_DEFAULTS.decoders),
    preset,
    mode: last('mode', POLICY_DEFAULTS.mode),
    keepOriginal: last('keepOriginal', POLICY_DEFAULTS.keepOriginal),
    minSavedBytes: last('minSavedBytes', POLICY_DEFAULTS.minSavedBytes),
    minSavedRatio: last('minSavedRatio', POLICY_DEFAULTS.minSavedRatio),
    maxVisualDifference: last('maxVisualDifference', POLICY_DEFAULTS.maxVisualDifference[preset], `preset ${preset}`),
    budget: budgets(),
    textureMaxSizePx: last('textureMaxSizePx', POLICY_DEFAULTS.textureMaxSizePx),
    structure: last('structure', POLICY_DEFAULTS.structure),
    withoutRenderer: last('withoutRenderer', POLICY_DEFAULTS.withoutRenderer),
  };
  return { settings, origins };
}
