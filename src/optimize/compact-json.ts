/** Writes the JSON chunk shorter without changing what any loader reads from it. */
import type { GLTF } from '@gltf-transform/core';
import { COMPONENT } from '../asset/accessors.ts';
import { cloneJson } from '../asset/clone.ts';
import { isRecord, UNDERSTOOD } from '../asset/extensions.ts';
import type { Gltf } from '../asset/glb.ts';
import { shortestFloat } from './shortest-float.ts';
import type { Step } from './step.ts';
import { mayReindex, type Workpiece } from './workpiece.ts';

/** Drops default values and storage names, shortens floats, and lets equal animation samplers be one. */
export function compactJson(): Step {
  return {
    name: 'compact-json',
    run: (piece) => {
      const json = cloneJson(piece.json);
      dropDefaults(json);
      for (const list of [json.accessors, json.bufferViews]) for (const item of list ?? []) delete item.name;
      if (mayReindex(piece)) for (const animation of json.animations ?? []) shareSamplers(animation);
      shortenFloats(json);
      const savedChars = JSON.stringify(piece.json).length - JSON.stringify(json).length;
      if (savedChars <= 0) return { kind: 'skipped', why: 'the JSON holds no defaults' };
      const next: Workpiece = { ...piece, json };
      return {
        kind: 'changed',
        piece: next,
        why: `${savedChars} characters of defaults, storage names and idle digits`,
      };
    },
  };
}

/** Default values of core glTF 2.0, by property. An absent property means the very same. [specification 2.0, section 5] */
const DEFAULTS = Object.freeze({
  node: {
    translation: [0, 0, 0],
    rotation: [0, 0, 0, 1],
    scale: [1, 1, 1],
    matrix: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    children: [],
  },
  primitive: { mode: 4, targets: [] },
  material: { alphaMode: 'OPAQUE', doubleSided: false, emissiveFactor: [0, 0, 0], alphaCutoff: 0.5 },
  pbr: { baseColorFactor: [1, 1, 1, 1], metallicFactor: 1, roughnessFactor: 1 },
  textureInfo: { texCoord: 0 },
  normalTexture: { scale: 1 },
  occlusionTexture: { strength: 1 },
  sampler: { wrapS: 10497, wrapT: 10497 },
  animationSampler: { interpolation: 'LINEAR' },
  accessor: { byteOffset: 0, normalized: false },
} as const);

function drop(owner: object | undefined, defaults: Readonly<Record<string, unknown>>): void {
  if (!isRecord(owner)) return;
  for (const [key, value] of Object.entries(defaults)) {
    if (key in owner && JSON.stringify(owner[key]) === JSON.stringify(value)) delete owner[key];
  }
}

/** Removes every property that says what its absence says. */
export function dropDefaults(json: Gltf): void {
  for (const node of json.nodes ?? []) drop(node, DEFAULTS.node);
  for (const primitive of (json.meshes ?? []).flatMap((mesh) => mesh.primitives)) drop(primitive, DEFAULTS.primitive);
  for (const material of json.materials ?? []) {
    drop(material, DEFAULTS.material);
    drop(material.pbrMetallicRoughness, DEFAULTS.pbr);
    for (const owner of [material, material.pbrMetallicRoughness]) {
      for (const [key, info] of Object.entries(owner ?? {}))
        if (key.endsWith('Texture') && isRecord(info)) drop(info, DEFAULTS.textureInfo);
    }
    drop(material.normalTexture, DEFAULTS.normalTexture);
    drop(material.occlusionTexture, DEFAULTS.occlusionTexture);
  }
  for (const sampler of json.samplers ?? []) drop(sampler, DEFAULTS.sampler);
  for (const sampler of (json.animations ?? []).flatMap((animation) => animation.samplers))
    drop(sampler, DEFAULTS.animationSampler);
  for (const accessor of json.accessors ?? []) drop(accessor, DEFAULTS.accessor);
  for (const name of ['extensionsUsed', 'extensionsRequired'] as const) if (json[name]?.length === 0) delete json[name];
}

/** Equal samplers of one animation become one; channels follow. */
function shareSamplers(animation: GLTF.IAnimation): void {
  const places = new Map<string, number>();
  const kept: GLTF.IAnimationSampler[] = [];
  const moved = animation.samplers.map((sampler) => {
    const key = JSON.stringify(sampler);
    const known = places.get(key);
    if (known !== undefined) return known;
    const place = kept.push(sampler) - 1;
    places.set(key, place);
    return place;
  });
  for (const channel of animation.channels) channel.sampler = moved[channel.sampler] ?? channel.sampler;
  animation.samplers = kept;
}

/** The shortest text that is the same float will do. */
function shortenFloats(json: Gltf): void {
  mapFloats(json, shortestFloat);
  for (const accessor of json.accessors ?? []) {
    // Bounds of floats are floats. (glTF 2.0, section 3.6.2.5)
    if (accessor.componentType !== COMPONENT.FLOAT) continue;
    mapInside(accessor.min, shortestFloat);
    mapInside(accessor.max, shortestFloat);
  }
}

/** Changes every number that is a 32-bit float wherever it is used: transforms, weights, factors, cameras, lights. Extras and foreign extensions are not searched. */
export function mapFloats(json: Gltf, map: (value: number) => number): void {
  for (const node of json.nodes ?? []) {
    for (const key of ['translation', 'rotation', 'scale', 'matrix', 'weights'] as const) mapInside(node[key], map);
  }
  for (const mesh of json.meshes ?? []) mapInside(mesh.weights, map);
  mapInside(json.materials, map);
  mapInside(json.cameras, map);
  mapInside(json.extensions?.KHR_lights_punctual, map);
}

function mapInside(value: unknown, map: (value: number) => number): void {
  if (!isRecord(value) && !Array.isArray(value)) return;
  const owner = value as Record<string, unknown>;
  for (const [key, child] of Object.entries(owner)) {
    if (typeof child === 'number') owner[key] = map(child);
    else if (key === 'extensions' && isRecord(child)) {
      for (const [name, extension] of Object.entries(child)) if (UNDERSTOOD.has(name)) mapInside(extension, map);
    } else if (key !== 'extras') mapInside(child, map);
  }
}
