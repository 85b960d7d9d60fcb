/** Container and JSON under suspicion: indices, ranges, the node tree and uris, checked before anything is decoded. */
import type { GLTF } from '@gltf-transform/core';
import { type Finding, finding, pointer } from '../finding.ts';
import { formatBytes } from '../units.ts';
import { COMPONENT, elementByteLength, type MeshoptView, meshoptViewOf } from './accessors.ts';
import { readDataUri } from './data-uri.ts';
import { extensionOf, isRecord, UNDERSTOOD } from './extensions.ts';
import type { Gltf, SourceGlb } from './glb.ts';
import { LIMITS, type Limits } from './limits.ts';
import { instanceAttributesOf } from './roles.ts';
import { checkShape } from './shape.ts';
import { resolveSibling } from './sibling.ts';
import { imagesOf } from './textures.ts';
import { checkTree } from './tree.ts';
import { checkCounts, checkLengths, type LISTS, weigh } from './weigh.ts';

/** Everything that keeps us from opening the file; empty when it may be decoded. */
export function conform(source: SourceGlb, limits: Limits = LIMITS): readonly Finding[] {
  const { json } = source;
  const lengths = checkLengths(json, limits);
  if (lengths.length > 0) return lengths;
  const shape = checkShape(json);
  if (shape.length > 0) return shape;
  const counts = checkCounts(json, limits);
  if (counts.length > 0) return counts;
  const findings = [
    ...checkVersion(json),
    ...checkIndices(json),
    ...checkTree(json, limits.nodeDepth),
    ...checkUris(json),
    ...checkRanges(source, limits),
  ];
  // What is weighed follows indices.
  return findings.some(({ severity }) => severity === 'error')
    ? findings
    : [...findings, ...weigh(json, source.bytes.byteLength, limits)];
}

function checkVersion(json: Gltf): Finding[] {
  const { version, minVersion } = json.asset;
  if (!/^2\.\d+$/.test(version))
    return [finding('GLTF_VERSION', '/asset/version', `Version ${version} is not glTF 2.0.`)];
  if (minVersion !== undefined && minVersion !== '2.0') {
    return [finding('GLTF_VERSION', '/asset/minVersion', `The file needs a reader of glTF ${minVersion}.`)];
  }
  return [];
}

/** Every index of core glTF points to something. */
function checkIndices(json: Gltf): Finding[] {
  const findings: Finding[] = [];
  const check = (value: number | undefined, list: (typeof LISTS)[number], ...at: (string | number)[]): void => {
    const length = json[list]?.length ?? 0;
    if (value === undefined || value < length || findings.length > 20) return;
    findings.push(finding('GLTF_INDEX', pointer(...at), `Index ${value} of ${list}, which has ${length}.`));
  };
  check(json.scene, 'scenes', 'scene');
  for (const [m, mesh] of (json.meshes ?? []).entries()) {
    for (const [p, primitive] of mesh.primitives.entries())
      checkPrimitive(primitive, ['meshes', m, 'primitives', p], check);
  }
  for (const [n, node] of (json.nodes ?? []).entries()) {
    check(node.mesh, 'meshes', 'nodes', n, 'mesh');
    check(node.skin, 'skins', 'nodes', n, 'skin');
    check(node.camera, 'cameras', 'nodes', n, 'camera');
    for (const accessor of Object.values(instanceAttributesOf(node))) check(accessor, 'accessors', 'nodes', n);
  }
  for (const [m, material] of (json.materials ?? []).entries()) {
    for (const [slot, info] of Object.entries({ ...material, ...material.pbrMetallicRoughness })) {
      const texture = slot.endsWith('Texture') && isRecord(info) ? info.index : undefined;
      if (typeof texture === 'number') check(texture, 'textures', 'materials', m);
    }
  }
  for (const [t, texture] of (json.textures ?? []).entries()) {
    for (const image of imagesOf(texture)) check(image, 'images', 'textures', t, 'source');
    check(texture.sampler, 'samplers', 'textures', t, 'sampler');
  }
  for (const [a, animation] of (json.animations ?? []).entries()) {
    for (const [s, sampler] of animation.samplers.entries()) {
      check(sampler.input, 'accessors', 'animations', a, 'samplers', s, 'input');
      check(sampler.output, 'accessors', 'animations', a, 'samplers', s, 'output');
    }
    for (const [c, channel] of animation.channels.entries()) {
      check(channel.target.node, 'nodes', 'animations', a, 'channels', c, 'target', 'node');
      if (animation.samplers[channel.sampler] === undefined) {
        findings.push(
          finding(
            'GLTF_INDEX',
            pointer('animations', a, 'channels', c, 'sampler'),
            `There is no sampler ${channel.sampler}.`,
          ),
        );
      }
    }
  }
  for (const [s, skin] of (json.skins ?? []).entries()) {
    for (const [j, joint] of skin.joints.entries()) check(joint, 'nodes', 'skins', s, 'joints', j);
    check(skin.skeleton, 'nodes', 'skins', s, 'skeleton');
    check(skin.inverseBindMatrices, 'accessors', 'skins', s, 'inverseBindMatrices');
  }
  for (const [i, image] of (json.images ?? []).entries())
    check(image.bufferView, 'bufferViews', 'images', i, 'bufferView');
  return findings;
}

type CheckIndex = (value: number | undefined, list: (typeof LISTS)[number], ...at: (string | number)[]) => void;

function checkPrimitive(primitive: GLTF.IMeshPrimitive, at: readonly (string | number)[], check: CheckIndex): void {
  check(primitive.indices, 'accessors', ...at, 'indices');
  check(primitive.material, 'materials', ...at, 'material');
  const draco = extensionOf(primitive, 'KHR_draco_mesh_compression') as { bufferView: number } | undefined;
  check(draco?.bufferView, 'bufferViews', ...at, 'extensions', 'KHR_draco_mesh_compression');
  const variants = extensionOf(primitive, 'KHR_materials_variants') as { mappings: { material: number }[] } | undefined;
  for (const { material } of variants?.mappings ?? [])
    check(material, 'materials', ...at, 'extensions', 'KHR_materials_variants');
  for (const [name, accessor] of Object.entries(primitive.attributes))
    check(accessor, 'accessors', ...at, 'attributes', name);
  for (const [t, target] of (primitive.targets ?? []).entries()) {
    for (const [name, accessor] of Object.entries(target)) check(accessor, 'accessors', ...at, 'targets', t, name);
  }
}

/** Buffer views stay inside their buffer, accessors inside their view. */
function checkRanges({ json, bin }: SourceGlb, limits: Limits): Finding[] {
  const findings: Finding[] = [];
  const buffers = json.buffers ?? [];
  const first = buffers[0];
  if (first !== undefined && first.uri === undefined && first.byteLength > bin.byteLength && !isFallback(first)) {
    findings.push(
      finding(
        'GLTF_RANGE',
        '/buffers/0',
        `The buffer declares ${first.byteLength} bytes, the BIN chunk has ${bin.byteLength}.`,
      ),
    );
  }
  for (const [v, view] of (json.bufferViews ?? []).entries())
    findings.push(...checkView(view, v, buffers, bin.byteLength, limits));
  if (findings.length > 0) return findings.slice(0, 20);
  for (const [a, accessor] of (json.accessors ?? []).entries()) findings.push(...checkAccessor(json, accessor, a));
  return findings.slice(0, 20);
}

/** Buffers that only meshopt readers without support would use carry no bytes. */
function isFallback(buffer: GLTF.IBuffer): boolean {
  return (
    buffer.extensions !== undefined &&
    ('EXT_meshopt_compression' in buffer.extensions || 'KHR_meshopt_compression' in buffer.extensions)
  );
}

function checkView(
  view: GLTF.IBufferView,
  index: number,
  buffers: readonly GLTF.IBuffer[],
  binLength: number,
  limits: Limits,
): Finding[] {
  const at = pointer('bufferViews', index);
  const buffer = buffers[view.buffer];
  if (buffer === undefined) return [finding('GLTF_INDEX', at, `There is no buffer ${view.buffer}.`)];
  const packed = meshoptViewOf(view);
  if (packed !== undefined) {
    if (packed.buffer !== 0)
      return [finding('GLTF_INDEX', at, `Compressed data lies in buffer ${packed.buffer}, not in the BIN chunk.`)];
    const end = (packed.byteOffset ?? 0) + packed.byteLength;
    const decoded = packed.count * packed.byteStride;
    if (!fitsFilter(packed))
      return [
        finding('GLTF_RANGE', at, `Its stride of ${packed.byteStride} does not suit ${packed.mode} and its filter.`),
      ];
    if (end > binLength)
      return [finding('GLTF_RANGE', at, `Compressed bytes end at ${end}, the BIN chunk at ${binLength}.`)];
    if (decoded > limits.accessorByteLength)
      return [finding('LIMIT_ACCESSOR', at, `It decodes to ${formatBytes(decoded)}.`)];
    if (decoded > view.byteLength)
      return [finding('GLTF_RANGE', at, `It decodes to ${decoded} bytes, the view has ${view.byteLength}.`)];
    return [];
  }
  const limit = view.buffer === 0 ? Math.min(buffer.byteLength, binLength) : 0;
  const end = (view.byteOffset ?? 0) + view.byteLength;
  return end > limit ? [finding('GLTF_RANGE', at, `The view ends at byte ${end}, its buffer at ${limit}.`)] : [];
}

/** Strides that the codec allows; it does not look itself. (EXT_meshopt_compression, "Specifying compressed views") */
function fitsFilter({ mode, filter = 'NONE', byteStride, count }: MeshoptView): boolean {
  if (mode !== 'ATTRIBUTES') {
    const isWhole = mode === 'INDICES' || count % 3 === 0;
    return filter === 'NONE' && isWhole && (byteStride === 2 || byteStride === 4);
  }
  if (filter === 'QUATERNION') return byteStride === 8;
  if (filter === 'OCTAHEDRAL' || filter === 'COLOR') return byteStride === 4 || byteStride === 8;
  return byteStride % 4 === 0;
}

function checkAccessor(json: Gltf, accessor: GLTF.IAccessor, index: number): Finding[] {
  const at = pointer('accessors', index);
  const size = elementByteLength(accessor);
  const reach = (viewIndex: number, byteOffset: number, stride: number, width: number, count: number): Finding[] => {
    const view = json.bufferViews?.[viewIndex];
    if (view === undefined) return [finding('GLTF_INDEX', at, `There is no buffer view ${viewIndex}.`)];
    const end = byteOffset + stride * (count - 1) + width;
    return end > view.byteLength
      ? [finding('GLTF_RANGE', at, `It reads to byte ${end} of a view of ${view.byteLength}.`)]
      : [];
  };
  const findings: Finding[] = [];
  if (accessor.bufferView !== undefined) {
    const stride = json.bufferViews?.[accessor.bufferView]?.byteStride ?? size;
    findings.push(...reach(accessor.bufferView, accessor.byteOffset ?? 0, stride, size, accessor.count));
  }
  const { sparse } = accessor;
  if (sparse !== undefined) {
    if (sparse.count > accessor.count)
      findings.push(finding('GLTF_RANGE', at, 'It has more sparse values than elements.'));
    const width =
      sparse.indices.componentType === COMPONENT.UNSIGNED_INT
        ? 4
        : sparse.indices.componentType === COMPONENT.UNSIGNED_SHORT
          ? 2
          : 1;
    findings.push(...reach(sparse.indices.bufferView, sparse.indices.byteOffset ?? 0, width, width, sparse.count));
    findings.push(...reach(sparse.values.bufferView, sparse.values.byteOffset ?? 0, size, size, sparse.count));
  }
  return findings;
}

/** Stands for the asset's own path, which is not known here: whoever resolves the uri checks that it stays in the tree. */
const DEEP_PATH = `${'x/'.repeat(64)}x.glb`;

/** Buffers live in the BIN chunk; an image may name a relative file, which only Git may resolve later. */
function checkUris(json: Gltf): Finding[] {
  const findings: Finding[] = [];
  for (const [b, buffer] of (json.buffers ?? []).entries()) {
    if (buffer.uri !== undefined)
      findings.push(
        finding('URI_REFUSED', pointer('buffers', b, 'uri'), 'A buffer of a GLB must lie in its BIN chunk.'),
      );
    else if (b > 0 && !isFallback(buffer))
      findings.push(finding('URI_REFUSED', pointer('buffers', b), 'Only the first buffer can lie in the BIN chunk.'));
  }
  for (const [i, image] of (json.images ?? []).entries()) {
    const { uri } = image;
    const isSound =
      uri === undefined || (/^data:/i.test(uri) ? readDataUri(uri) : resolveSibling(DEEP_PATH, uri)) !== undefined;
    if (!isSound) {
      findings.push(
        finding(
          'URI_REFUSED',
          pointer('images', i, 'uri'),
          `Only a file beside the asset or base64 data may be named, not ${uri.slice(0, 80)}.`,
        ),
      );
    }
  }
  for (const name of json.extensionsRequired ?? []) {
    if (!UNDERSTOOD.has(name)) {
      findings.push(
        finding(
          'EXTENSION_REQUIRED_UNKNOWN',
          '/extensionsRequired',
          `${name} is required; it is kept as it is.`,
          'information',
        ),
      );
    }
  }
  return findings;
}
