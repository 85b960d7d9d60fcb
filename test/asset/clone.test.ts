import { expect, it } from 'vitest';
import { cloneJson } from '../../src/asset/clone.ts';

const TEXT = '{"__proto__":{"a":[1,{"b":null}]},"list":[[],[0.5,"x",{"c":{}}]],"z":false,"a":1}';

it('copies all of it, in its order', () => {
  const copy = cloneJson(JSON.parse(TEXT));
  expect(JSON.stringify(copy)).toBe(TEXT);
  expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
});

it('shares nothing with the original', () => {
  const original = JSON.parse(TEXT) as Record<string, unknown>;
  const objectsOf = (value: unknown): unknown[] =>
    typeof value === 'object' && value !== null ? [value, ...Object.values(value).flatMap(objectsOf)] : [];
  const ours = new Set(objectsOf(original));
  const copies = objectsOf(cloneJson(original));
  expect(copies).toHaveLength(ours.size);
  expect(copies.filter((copy) => ours.has(copy))).toEqual([]);
});
