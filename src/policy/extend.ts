/** A policy on top of the one that it `extends`. */
import { type Layer, type Policy, parsePolicy } from './policy.ts';

interface PolicyFileText {
  readonly path: string;
  readonly text: string;
}

/** Reads a policy and the one below it; what is written above wins, exclusions add up. Throws a `PolicyError`. */
export function parsePolicies(file: PolicyFileText & { readonly extended?: PolicyFileText }): Policy {
  const above = parsePolicy(file);
  if (file.extended === undefined) return above;
  const below = parsePolicy(file.extended);
  const isIncludeWritten = above.include.some(({ at }) => at !== 'default');
  return {
    ...above,
    include: isIncludeWritten ? above.include : below.include,
    exclude: [...above.exclude, ...below.exclude],
    below: {
      top: renamed(below.top),
      overrides: below.overrides.map((override) => ({ ...override, ...renamed(override) })),
    },
  };
}

function renamed(layer: Layer): Layer {
  return { name: `extended ${layer.name}`, settings: layer.settings, at: layer.at };
}
