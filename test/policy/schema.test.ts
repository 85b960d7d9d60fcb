import { describe, expect, it } from 'vitest';
import { makeSchemas } from '../../scripts/write-schemas.ts';
import { policySchema } from '../../src/policy/schema.ts';
import { TOOL } from '../../src/version.ts';

/** Keys whose children say what they are for. */
const GROUPS = ['min-saved', 'textures', 'files'];

function describedKeys(schema: unknown, path = ''): readonly (readonly [string, boolean])[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const properties: unknown = Reflect.get(schema, 'properties');
  const own = Object.entries(typeof properties === 'object' && properties !== null ? properties : {}).flatMap(
    ([key, child]) => [
      [
        `${path}${key}`,
        GROUPS.includes(key) || (typeof child === 'object' && child !== null && 'description' in child),
      ] as const,
      ...describedKeys(child, `${path}${key}.`),
    ],
  );
  return [...own, ...describedKeys(Reflect.get(schema, 'items'), `${path}[].`)];
}

describe('the published schemas', () => {
  const schemas = makeSchemas();

  it('are two, each with an address of this version and a title', () => {
    expect(Object.keys(schemas)).toEqual(['policy.schema.json', 'report.schema.json']);
    for (const [name, schema] of Object.entries(schemas)) {
      expect(schema).toMatchObject({
        $id: `https://unpkg.com/${TOOL.name}@${TOOL.version}/dist/${name}`,
        type: 'object',
      });
      expect(schema).toHaveProperty('title');
    }
  });

  it('describe every key of the policy to an editor', () => {
    const keys = describedKeys(schemas['policy.schema.json']);
    expect(keys.length).toBeGreaterThan(30);
    expect(keys.filter(([, isDescribed]) => !isDescribed)).toEqual([]);
  });

  it('know the keys that the parser knows, and no other', () => {
    expect(schemas['policy.schema.json']).toMatchObject({ additionalProperties: false });
    const properties: unknown = Reflect.get(schemas['policy.schema.json'] ?? {}, 'properties');
    expect(Object.keys(properties ?? {})).toEqual(Object.keys(policySchema.shape));
  });

  it('require nothing of a policy, and the files of an override', () => {
    expect(schemas['policy.schema.json']).not.toHaveProperty('required');
    expect(schemas['policy.schema.json']).toHaveProperty('properties.overrides.items.required', ['files']);
  });
});
