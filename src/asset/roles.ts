/** Roles of accessors: attribute, morph target, index, animation time or value. They decide what may be lossy. */
import type { GLTF } from '@gltf-transform/core';
import { extensionOf, isRecord } from './extensions.ts';
import type { Gltf } from './glb.ts';

/** One use of an accessor. */
export type Role =
  | {
      readonly kind: 'attribute' | 'morph';
      readonly semantic: string;
      readonly mesh: number;
      readonly primitive: number;
    }
  | { readonly kind: 'indices'; readonly mesh: number; readonly primitive: number }
  | { readonly kind: 'input'; readonly animation: number }
  | { readonly kind: 'output'; readonly animation: number; readonly path: string; readonly interpolation: string }
  | { readonly kind: 'inverseBindMatrices'; readonly skin: number }
  | { readonly kind: 'instance'; readonly semantic: string; readonly node: number };

/** Accessor index -> its uses. An accessor without any is not in the map. */
export function listRoles(json: Gltf): ReadonlyMap<number, readonly Role[]> {
  const roles = new Map<number, Role[]>();
  const add = (accessor: number | undefined, role: Role): void => {
    if (accessor === undefined) return;
    const list = roles.get(accessor) ?? [];
    list.push(role);
    roles.set(accessor, list);
  };
  for (const [mesh, definition] of (json.meshes ?? []).entries()) {
    for (const [primitive, { attributes, targets, indices }] of definition.primitives.entries()) {
      for (const [semantic, accessor] of Object.entries(attributes))
        add(accessor, { kind: 'attribute', semantic, mesh, primitive });
      for (const target of targets ?? []) {
        for (const [semantic, accessor] of Object.entries(target))
          add(accessor, { kind: 'morph', semantic, mesh, primitive });
      }
      add(indices, { kind: 'indices', mesh, primitive });
    }
  }
  for (const [animation, definition] of (json.animations ?? []).entries()) addAnimation(definition, animation, add);
  for (const [skin, definition] of (json.skins ?? []).entries()) {
    add(definition.inverseBindMatrices, { kind: 'inverseBindMatrices', skin });
  }
  for (const [node, definition] of (json.nodes ?? []).entries()) {
    for (const [semantic, accessor] of Object.entries(instanceAttributesOf(definition)))
      add(accessor, { kind: 'instance', semantic, node });
  }
  return roles;
}

function addAnimation(
  definition: GLTF.IAnimation,
  animation: number,
  add: (accessor: number, role: Role) => void,
): void {
  const paths = new Map<number, Set<string>>();
  for (const channel of definition.channels) {
    const set = paths.get(channel.sampler) ?? new Set<string>();
    set.add(channel.target.path);
    paths.set(channel.sampler, set);
  }
  for (const [index, sampler] of definition.samplers.entries()) {
    add(sampler.input, { kind: 'input', animation });
    const interpolation = sampler.interpolation ?? 'LINEAR';
    for (const path of paths.get(index) ?? ['unused'])
      add(sampler.output, { kind: 'output', animation, path, interpolation });
  }
}

/** Samplers that give a clip its length: those of channels that aim at something. Loaders pass over all others. */
export function timedSamplers({ channels }: GLTF.IAnimation): ReadonlySet<number> {
  const aimed = channels.filter(({ target }) => target.node !== undefined || target.extensions !== undefined);
  return new Set(aimed.map(({ sampler }) => sampler));
}

/** Attribute accessors of EXT_mesh_gpu_instancing on a node; empty without it. */
export function instanceAttributesOf(node: GLTF.INode): Readonly<Record<string, number>> {
  const attributes = extensionOf(node, 'EXT_mesh_gpu_instancing')?.attributes;
  if (!isRecord(attributes)) return {};
  return Object.fromEntries(
    Object.entries(attributes).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}
