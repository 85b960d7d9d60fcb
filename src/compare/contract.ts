/**
 * The contract check: what an output may not lose. Both files are reduced to their essence (all that code and people
 * can hold on to, without how it is stored), and any difference throws the output away.
 */
import type { GLTF } from '@gltf-transform/core';
import { AccessorReader, toFloats } from '../asset/accessors.ts';
import { cloneJson } from '../asset/clone.ts';
import { isRecord, listExtensions, UNDERSTOOD } from '../asset/extensions.ts';
import type { Gltf, SourceGlb } from '../asset/glb.ts';
import { instanceAttributesOf, timedSamplers } from '../asset/roles.ts';
import { type Finding, finding, pointer } from '../finding.ts';
import { dropDefaults, mapFloats } from '../optimize/compact-json.ts';
import { withoutMarker } from '../optimize/marker.ts';
import { leastOf, mostOf } from '../units.ts';
import { matchChannels } from './channels.ts';
import { checkImages, sourcesOf } from './image-values.ts';
import { paletteCellsOf } from './middles.ts';
import { checkValues } from './values.ts';

/** Extensions that say how something is stored, not what it is. */
const STORAGE = new Set([
  'EXT_meshopt_compression',
  'KHR_meshopt_compression',
  'KHR_draco_mesh_compression',
  'KHR_mesh_quantization',
  'EXT_texture_webp',
  'EXT_texture_avif',
  'KHR_texture_basisu',
]);

/** At most this many losses are told; one is enough to throw the output away. */
const MOST = 8;

/** Everything that `after` lost or changed against `before`; empty when the contract is kept. */
export async function checkContract(before: SourceGlb, after: SourceGlb): Promise<readonly Finding[]> {
  const differences = diff(essenceOf(before), essenceOf(after), '');
  const lost = differences
    .slice(0, MOST)
    .map(({ at, was, is }) => finding('CONTRACT_BROKEN', at, `It was ${brief(was)} and became ${brief(is)}.`));
  if (lost.length > 0) return lost;
  const channels = checkChannels(before, after);
  if (channels.length > 0) return channels.slice(0, MOST);
  const values = checkValues(before, after, await paletteCellsOf(before));
  return (values.length > 0 ? values : await checkImages(before, after)).slice(0, MOST);
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What must survive, as plain JSON. */
function essenceOf(source: SourceGlb): Json {
  const json = cloneJson(withoutMarker(source.json));
  dropDefaults(json);
  mapFloats(json, Math.fround);
  const reader = new AccessorReader(json, source.bin);
  const { asset, scene, scenes, nodes, cameras, materials, samplers, extensions, extras } = json;
  const essence = {
    asset,
    scene,
    scenes,
    cameras,
    materials,
    samplers,
    extensions,
    extras,
    extensionsUsed: (json.extensionsUsed ?? []).filter((name) => !STORAGE.has(name)).sort(),
    extensionsRequired: (json.extensionsRequired ?? []).filter((name) => !STORAGE.has(name)).sort(),
    storageExtras: listStorageExtras(json),
    unknown: listExtensions(json).filter(({ name }) => !UNDERSTOOD.has(name)),
    nodes: nodes?.map((node) => essentialNode(node)),
    meshes: json.meshes?.map((mesh) => ({
      ...mesh,
      primitives: mesh.primitives.map((primitive) => essentialPrimitive(json, primitive)),
    })),
    textures: json.textures?.map((texture) => essentialTexture(json, texture)),
    images: listImages(json),
    skins: json.skins?.map((skin) => ({ ...skin, inverseBindMatrices: countOf(json, skin.inverseBindMatrices) })),
    animations: json.animations?.map((animation) => essentialAnimation(reader, animation)),
  };
  return JSON.parse(JSON.stringify(essence)) as Json;
}

/** Extras of what only stores, each once: equal accessors may be one, and places may change. */
function listStorageExtras(json: Gltf): readonly string[] {
  const samplers = (json.animations ?? []).flatMap((animation) => animation.samplers);
  const sparse = (json.accessors ?? []).flatMap((accessor) => accessor.sparse ?? []);
  const owners: readonly (readonly { readonly extras?: unknown }[])[] = [
    json.accessors ?? [],
    json.bufferViews ?? [],
    json.buffers ?? [],
    json.images ?? [],
    samplers,
    sparse,
    sparse.map(({ indices }) => indices),
    sparse.map(({ values }) => values),
  ];
  const texts = owners.flat().flatMap(({ extras }) => (extras === undefined ? [] : [JSON.stringify(extras)]));
  return [...new Set(texts)].sort();
}

function withoutStorage(extensions: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
  const rest = Object.entries(extensions ?? {}).filter(([name]) => !STORAGE.has(name));
  return rest.length === 0 ? undefined : Object.fromEntries(rest);
}

function essentialNode(node: GLTF.INode): object {
  const instancing = node.extensions?.EXT_mesh_gpu_instancing;
  if (!isRecord(instancing)) return node;
  const attributes = Object.keys(instanceAttributesOf(node)).sort();
  return { ...node, extensions: { ...node.extensions, EXT_mesh_gpu_instancing: { ...instancing, attributes } } };
}

/** Corners are what is drawn: merging vertices keeps their number, losing a triangle does not. */
function essentialPrimitive(json: Gltf, primitive: GLTF.IMeshPrimitive): object {
  const first = Object.values(primitive.attributes)[0];
  return {
    ...primitive,
    indices: undefined,
    cornerCount: countOf(json, primitive.indices ?? first),
    attributes: essentialAttributes(json, primitive.attributes),
    targets: primitive.targets?.map((target) => Object.keys(target).sort()),
    extensions: withoutStorage(primitive.extensions),
  };
}

/** Names and shapes of attributes, with names and extras of their accessors' owners left out: those are storage. */
function essentialAttributes(json: Gltf, attributes: Record<string, number>): object {
  const names = Object.keys(attributes).sort();
  return Object.fromEntries(names.map((name) => [name, json.accessors?.[attributes[name] ?? -1]?.type]));
}

/** A texture with one image may name it by another extension; of several, each keeps its place. */
function essentialTexture(json: Gltf, texture: GLTF.ITexture): object {
  const sources = Object.entries(sourcesOf(texture)).map(([role, source]) => [role, essentialImage(json, source)]);
  return {
    ...texture,
    source: undefined,
    extensions: withoutStorage(texture.extensions),
    ...(sources.length === 1 ? { image: sources[0]?.[1] } : { images: Object.fromEntries(sources) }),
  };
}

function essentialImage({ images }: Gltf, index: number): object | undefined {
  const image = images?.[index];
  if (image === undefined) return undefined;
  return { name: image.name, uri: image.uri?.startsWith('data:') ? 'embedded' : image.uri, extras: image.extras };
}

/** Every image, named by a texture or not, each once: equal ones may be one. */
function listImages(json: Gltf): readonly string[] {
  return [...new Set((json.images ?? []).map((_image, i) => JSON.stringify(essentialImage(json, i))))].sort();
}

function essentialAnimation(reader: AccessorReader, animation: GLTF.IAnimation): object {
  const timed = [...timedSamplers(animation)].flatMap((sampler) => animation.samplers[sampler] ?? []);
  const inputs = [...new Set(timed.map(({ input }) => input))];
  const times = inputs.map((input) => toFloats(reader.read(input)));
  const { samplers: _samplers, ...rest } = animation;
  return {
    ...rest,
    start: leastOf(times.map((input) => input[0] ?? 0)),
    end: mostOf(times.map((input) => input[input.length - 1] ?? 0)),
    channels: undefined,
  };
}

/** Channels by name; those that held their node at rest may go (see `channels.ts`). */
function checkChannels(before: SourceGlb, after: SourceGlb): readonly Finding[] {
  const reader = new AccessorReader(before.json, before.bin);
  return (before.json.animations ?? []).flatMap((_animation, a) => {
    const { lost, added } = matchChannels(before, after, a, reader);
    const at = (c: number) => pointer('animations', a, 'channels', c);
    return [
      ...lost.map((c) =>
        finding('CONTRACT_BROKEN', at(c), 'An animation channel that moves something is gone or changed.'),
      ),
      ...added.map((c) =>
        finding('CONTRACT_BROKEN', at(c), 'There is an animation channel that the source does not have.'),
      ),
    ];
  });
}

function countOf(json: Gltf, accessor: number | undefined): number | undefined {
  return accessor === undefined ? undefined : json.accessors?.[accessor]?.count;
}

interface Difference {
  readonly at: string;
  readonly was: Json | undefined;
  readonly is: Json | undefined;
}

function diff(was: Json | undefined, is: Json | undefined, at: string): readonly Difference[] {
  if (was === is) return [];
  if (Array.isArray(was) && Array.isArray(is)) {
    const length = Math.max(was.length, is.length);
    return Array.from({ length }, (_, i) => diff(was[i], is[i], at + pointer(i))).flat();
  }
  if (isRecord(was) && isRecord(is)) {
    const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])];
    return keys.flatMap((key) => diff(was[key] as Json | undefined, is[key] as Json | undefined, at + pointer(key)));
  }
  return [{ at, was, is }];
}

function brief(value: Json | undefined): string {
  if (value === undefined) return 'absent';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
