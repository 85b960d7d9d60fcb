/** What a file makes others hold and repeat, from its claims alone: the checks that keep a small file from being a large one. */
import type { GLTF } from '@gltf-transform/core';
import { type Finding, finding, pointer } from '../finding.ts';
import { formatBytes, formatCount } from '../units.ts';
import { componentByteLength, ITEM_SIZE, meshoptViewOf } from './accessors.ts';
import type { Gltf } from './glb.ts';
import type { Limits } from './limits.ts';
import { instanceAttributesOf } from './roles.ts';
import { externalUris } from './sibling.ts';

/** Lists whose length is bounded. */
export const LISTS = [
  'accessors',
  'animations',
  'bufferViews',
  'buffers',
  'cameras',
  'images',
  'materials',
  'meshes',
  'nodes',
  'samplers',
  'scenes',
  'skins',
  'textures',
] as const;

/** The lists are no longer than the limits allow; looked at before anything in them is, whatever it is. */
export function checkLengths(json: Gltf, limits: Limits): Finding[] {
  return LISTS.flatMap((name) => {
    const list: unknown = json[name];
    const count = Array.isArray(list) ? list.length : 0;
    if (count <= limits.objectCount) return [];
    const text = `${formatCount(count)} ${name}; the limit is ${formatCount(limits.objectCount)}.`;
    return [finding('LIMIT_COUNT', pointer(name), text)];
  });
}

/** There are no more things than the limits allow; looked at before indices are followed. */
export function checkCounts(json: Gltf, limits: Limits): Finding[] {
  const findings: Finding[] = [];
  const check = (count: number, limit: number, at: string, things: string): void => {
    if (count > limit)
      findings.push(finding('LIMIT_COUNT', at, `${formatCount(count)} ${things}; the limit is ${formatCount(limit)}.`));
  };
  for (const name of ['extensionsUsed', 'extensionsRequired'] as const)
    check(json[name]?.length ?? 0, limits.extensionCount, pointer(name), 'names of extensions');
  check(
    sum(json.meshes, ({ primitives }) => primitives.length),
    limits.objectCount,
    '/meshes',
    'primitives',
  );
  check(
    sum(json.animations, ({ channels }) => channels.length),
    limits.objectCount,
    '/animations',
    'channels',
  );
  check(
    sum(json.animations, ({ samplers }) => samplers.length),
    limits.objectCount,
    '/animations',
    'samplers',
  );
  check(externalUris(json).length, limits.siblingCount, '/images', 'files beside the asset');
  for (const [s, { joints }] of (json.skins ?? []).entries())
    check(joints.length, limits.jointCount, pointer('skins', s, 'joints'), 'joints');
  for (const [m, mesh] of (json.meshes ?? []).entries()) {
    for (const [p, { targets = [] }] of mesh.primitives.entries())
      check(targets.length, limits.morphTargetCount, pointer('meshes', m, 'primitives', p, 'targets'), 'morph targets');
  }
  return findings.slice(0, 20);
}

/** What decoding, drawing and comparing would take; the indices must be sound. */
export function weigh(json: Gltf, byteLength: number, limits: Limits): Finding[] {
  const over = (code: 'LIMIT_ACCESSOR' | 'LIMIT_COUNT' | 'LIMIT_MEMORY', at: string, text: string, limit: string) => [
    finding(code, at, `${text}; the limit is ${limit}.`),
  ];
  const accessors = json.accessors ?? [];
  const sizes = accessors.map(sizeOf);
  const declared = sum(sizes, (size) => size) + sum(json.bufferViews, unpackedLength);
  if (declared > limits.accessorByteLength)
    return over(
      'LIMIT_ACCESSOR',
      '/accessors',
      `The accessors declare ${formatBytes(declared)}`,
      formatBytes(limits.accessorByteLength),
    );
  const empty = sum(accessors, (accessor) => (accessor.bufferView === undefined ? sizeOf(accessor) : 0));
  if (empty > limits.emptyAccessorByteLength) {
    const text = `Accessors without a buffer view declare ${formatBytes(empty)}`;
    return over('LIMIT_ACCESSOR', '/accessors', text, formatBytes(limits.emptyAccessorByteLength));
  }
  const used = usedLength(json, sizes);
  if (used > limits.usedByteLength) {
    const text = `Accessors of ${formatBytes(used)} are used, each counted as often as it is`;
    return over('LIMIT_ACCESSOR', '/meshes', text, formatBytes(limits.usedByteLength));
  }
  const drawn = sum(json.nodes, ({ mesh }) => (mesh === undefined ? 0 : (json.meshes?.[mesh]?.primitives.length ?? 0)));
  if (drawn > limits.objectCount)
    return over(
      'LIMIT_COUNT',
      '/nodes',
      `The nodes draw ${formatCount(drawn)} primitives`,
      formatCount(limits.objectCount),
    );
  // The file, its decoded data, a copy of it in the making, and one to compare with.
  const estimate = byteLength + declared * 3;
  if (estimate > limits.memoryByteLength)
    return over(
      'LIMIT_MEMORY',
      '/accessors',
      `Working on it would take ${formatBytes(estimate)}`,
      formatBytes(limits.memoryByteLength),
    );
  return [];
}

function sizeOf({ count, type, componentType }: GLTF.IAccessor): number {
  return count * ITEM_SIZE[type] * componentByteLength(componentType);
}

function unpackedLength(view: GLTF.IBufferView): number {
  const packed = meshoptViewOf(view);
  return packed === undefined ? 0 : packed.count * packed.byteStride;
}

function usedLength(json: Gltf, sizes: readonly number[]): number {
  let used = 0;
  const add = (accessor: number | undefined): void => {
    if (accessor !== undefined) used += sizes[accessor] ?? 0;
  };
  for (const primitive of (json.meshes ?? []).flatMap((mesh) => mesh.primitives)) {
    add(primitive.indices);
    for (const attributes of [primitive.attributes, ...(primitive.targets ?? [])])
      for (const accessor of Object.values(attributes)) add(accessor);
  }
  for (const { samplers } of json.animations ?? []) {
    for (const { input, output } of samplers) {
      add(input);
      add(output);
    }
  }
  for (const { inverseBindMatrices } of json.skins ?? []) add(inverseBindMatrices);
  for (const node of json.nodes ?? []) for (const accessor of Object.values(instanceAttributesOf(node))) add(accessor);
  return used;
}

function sum<T>(list: readonly T[] | undefined, of: (item: T) => number): number {
  let total = 0;
  for (const item of list ?? []) total += of(item);
  return total;
}
