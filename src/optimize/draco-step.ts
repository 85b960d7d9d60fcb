/** Compresses static triangles by Draco where the target reads it; blocks of the source stay where ours are not smaller. */
import type { GLTF } from '@gltf-transform/core';
import { type AccessorData, COMPONENT, componentTypeOf, toFloats } from '../asset/accessors.ts';
import { cloneJson } from '../asset/clone.ts';
import {
  type DracoBlock,
  type DracoInput,
  type DracoOutput,
  decodeDraco,
  encodeDraco,
  openDraco,
} from '../asset/draco.ts';
import { leastOf, plural } from '../units.ts';
import { inputOf, spread } from './draco-inputs.ts';
import { leanNormals } from './draco-normals.ts';
import { closeBlock, type DracoEdit, dropOpened, openBlocks } from './draco-open.ts';
import { declareRequired } from './extension-lists.ts';
import { blends } from './geometry.ts';
import { type Grids, gridsOf, type PositionGrid } from './grids.ts';
import { listMeshGroups, type MeshGroup } from './mesh-groups.ts';
import type { Precision } from './precision.ts';
import type { Step, StepResult } from './step.ts';
import { setBounds } from './stream-groups.ts';
import { type Stream, viewExtrasOf, type Workpiece } from './workpiece.ts';

const DRACO = 'KHR_draco_mesh_compression';

/** Compresses triangles without morph targets that share their vertices only with triangles of the very same corners. */
export function draco(precision: Precision): Step {
  return { name: 'draco', run: (piece) => compressAll(piece, precision) };
}

async function compressAll(piece: Workpiece, precision: Precision): Promise<StepResult> {
  if (precision.positionBits === null) return { kind: 'skipped', why: 'the recipe keeps every bit' };
  await openDraco();
  const json = cloneJson(piece.json);
  const edit: DracoEdit = { json, streams: new Map(piece.streams), keptViews: new Map(piece.keptViews) };
  const originals = openBlocks(piece, edit);
  const open = { ...piece, ...edit };
  const grids = await gridsOf(open, precision);
  const { groups, leftAlone } = listMeshGroups(open);
  let done = 0;
  const compressed = new Set<GLTF.IMeshPrimitive>();
  for (const group of groups) {
    const [primitive] = group.primitives;
    const original = primitive === undefined ? undefined : originals.get(primitive);
    const block = encodeGroup(edit, group, precision, grids);
    if (block === undefined || block.block.bytes.byteLength >= (original?.bytes.byteLength ?? Infinity)) continue;
    store(edit, group, block);
    for (const one of group.primitives) compressed.add(one);
    done += group.primitives.length;
  }
  for (const [primitive, original] of originals) if (!compressed.has(primitive)) closeBlock(edit, primitive, original);
  dropOpened(piece, edit);
  if (done === 0) return { kind: 'skipped', why: 'no triangles stand for themselves, or their blocks are as small' };
  declareRequired(json, DRACO);
  const left = leftAlone.length === 0 ? '' : `; ${plural(leftAlone.length, 'mesh group')} left alone`;
  return { kind: 'changed', piece: { ...piece, ...edit }, why: `${plural(done, 'primitive')} by Draco${left}` };
}

/** A block, and what went into it. */
interface Encoded {
  readonly block: DracoBlock;
  readonly inputs: readonly DracoInput[];
}

function encodeGroup(edit: DracoEdit, group: MeshGroup, precision: Precision, grids: Grids): Encoded | undefined {
  const [primitive] = group.primitives;
  if (primitive === undefined || !group.primitives.every((one) => isSameDrawing(one, primitive))) return undefined;
  const places = placesOf(edit, group);
  const inputs: DracoInput[] = [];
  for (const [semantic, accessor] of Object.entries(primitive.attributes)) {
    const stream = edit.streams.get(accessor);
    const input =
      stream === undefined
        ? undefined
        : inputOf(semantic, stream, {
            precision,
            position: finestOf(places.map(([mesh]) => grids.position(mesh))),
            texcoord: (set) => leastOf(places.map(([mesh, place]) => grids.texcoord(mesh, place, set))),
            tangent: leastOf(places.map(([mesh, place]) => grids.tangent(mesh, place))),
            isOnlyWeights: !('WEIGHTS_1' in primitive.attributes),
          });
    if (input === undefined) return undefined;
    inputs.push(input);
  }
  const vertexCount = inputs[0]?.data.count ?? 0;
  const given = primitive.indices === undefined ? undefined : edit.streams.get(primitive.indices)?.array;
  const indices =
    given === undefined ? Uint32Array.from({ length: vertexCount }, (_, i) => i) : Uint32Array.from(given);
  if (indices.length === 0 || indices.length % 3 !== 0) return undefined;
  const positions = edit.streams.get(primitive.attributes.POSITION ?? -1);
  const keepOrder = group.primitives.some((one) => blends(edit, one));
  const source = edit.streams.get(primitive.attributes.NORMAL ?? -1);
  // In sequence nothing is foretold.
  const leaning = keepOrder ? inputs : leanOnTriangles(indices, inputs, source, precision);
  const block = encodeWhole(indices, leaning, positions === undefined ? undefined : toFloats(positions), keepOrder);
  return block === undefined ? undefined : { block, inputs: leaning };
}

/** Normals may lie this many steps of their grid from what they were, where rounding takes up to one. */
const STEPS_OF_LEANING = 2.5;
/** In radians; the contract allows a thirty-second of each component. */
const MOST_LEANING = 1 / 33;

function leanOnTriangles(
  indices: Uint32Array,
  inputs: readonly DracoInput[],
  source: Stream | undefined,
  { normalBits }: Precision,
): readonly DracoInput[] {
  const [positions, normals] = ['POSITION', 'NORMAL'].map((name) => inputs.find(({ semantic }) => semantic === name));
  if (positions === undefined || normals === undefined || source === undefined) return inputs;
  const tolerance = Math.min(STEPS_OF_LEANING * 2 ** (1 - normalBits), MOST_LEANING);
  const leaning = leanNormals({ indices, positions, normals }, toFloats(source), tolerance);
  return inputs.map((input) => (input === normals ? leaning : input));
}

/** Primitives with the same corners: one block serves all. */
function isSameDrawing(one: GLTF.IMeshPrimitive, other: GLTF.IMeshPrimitive): boolean {
  return (
    (one.targets ?? []).length === 0 &&
    one.indices === other.indices &&
    JSON.stringify(one.attributes) === JSON.stringify(other.attributes)
  );
}

function finestOf(grids: readonly PositionGrid[]): PositionGrid {
  return grids.reduce((finest, grid) => (grid.step < finest.step ? grid : finest), grids[0] ?? { step: 0, origin: [] });
}

/** Mesh and place of each primitive of a group. */
function placesOf({ json }: DracoEdit, group: MeshGroup): readonly (readonly [mesh: number, primitive: number])[] {
  const wanted = new Set(group.primitives);
  return (json.meshes ?? []).flatMap((mesh, m) =>
    mesh.primitives.flatMap((primitive, p) => (wanted.has(primitive) ? [[m, p] as const] : [])),
  );
}

/** Below this many corners the coder in sequence may win. */
const FEW_CORNERS = 384;

/** Up to here a block is made a second time, out of itself: up to a hundredth smaller for half the time more. */
const SOME_CORNERS = 6000;

/** Up to here all ways of prediction are tried; beyond, the two that win. */
const MANY_CORNERS = 30_000;

/** The smaller block of the triangles as they came, and of the same in the order that the first block gave them. */
function encodeWhole(
  indices: Uint32Array,
  inputs: readonly DracoInput[],
  source: Float32Array | undefined,
  keepOrder: boolean,
): DracoBlock | undefined {
  const first = encodeOnce(indices, inputs, source, keepOrder);
  if (first === undefined || indices.length > SOME_CORNERS) return first;
  const { indices: corners, attributes } = decodeDraco(first.bytes, outputsOf(inputs, first));
  const reordered = inputs.map((input) => ({ ...input, data: attributes.get(input.semantic) ?? input.data }));
  const places = attributes.get('POSITION');
  const second = encodeOnce(corners, reordered, places === undefined ? undefined : toFloats(places), keepOrder);
  return smaller(first, second);
}

/** Edgebreaker orders triangles anew; where that may not be, they are coded in sequence. */
function encodeOnce(
  indices: Uint32Array,
  inputs: readonly DracoInput[],
  source: Float32Array | undefined,
  keepOrder: boolean,
): DracoBlock | undefined {
  const apart = source === undefined || keepOrder ? undefined : spread(indices, inputs, source);
  const speeds = indices.length > MANY_CORNERS ? ([0, 4] as const) : ([0, 1, 2, 4] as const);
  const blocks = apart === undefined ? [] : [encodeDraco(apart.indices, apart.inputs, 'edgebreaker', speeds)];
  if (indices.length <= FEW_CORNERS || blocks.every((block) => block?.cornerCount !== indices.length))
    blocks.push(encodeDraco(indices, inputs, 'sequential'));
  return blocks.filter((block) => block?.cornerCount === indices.length).reduce(smaller, undefined);
}

function smaller(one: DracoBlock | undefined, other: DracoBlock | undefined): DracoBlock | undefined {
  return (other?.bytes.byteLength ?? Infinity) < (one?.bytes.byteLength ?? Infinity) ? other : one;
}

/** What the attributes of a block decode to: what went into it. */
function outputsOf(inputs: readonly DracoInput[], { ids }: DracoBlock): readonly DracoOutput[] {
  return inputs.map(({ semantic, data }) => ({
    semantic,
    id: ids[semantic] ?? -1,
    componentType: componentTypeOf(data.array),
    itemSize: data.itemSize,
    normalized: data.normalized,
  }));
}

/** Moves the data into the block; what the accessors say comes from the decoder, not from hope. */
function store(edit: DracoEdit, { primitives }: MeshGroup, { block, inputs }: Encoded): void {
  const [primitive] = primitives;
  if (primitive === undefined) return;
  keepExtras(edit, primitive);
  const decoded = decodeDraco(block.bytes, outputsOf(inputs, block));
  for (const [semantic, data] of decoded.attributes)
    describe(edit, primitive.attributes[semantic] ?? -1, data, semantic);
  const corners: GLTF.IAccessor = { componentType: COMPONENT.UNSIGNED_INT, type: 'SCALAR', count: block.cornerCount };
  edit.json.accessors ??= [];
  if (primitive.indices === undefined) primitive.indices = edit.json.accessors.push(corners) - 1;
  const accessor = edit.json.accessors[primitive.indices];
  if (accessor !== undefined) {
    accessor.count = block.cornerCount;
    // 65,535 is the primitive restart value of 16-bit indices (glTF 2.0, section 3.7.2.1).
    accessor.componentType = block.vertexCount <= 65535 ? COMPONENT.UNSIGNED_SHORT : COMPONENT.UNSIGNED_INT;
    delete accessor.min;
    delete accessor.max;
    forgetStorage(accessor);
  }
  edit.streams.delete(primitive.indices);
  // New blocks have no view yet: negative numbers stand for them until the file is packed.
  const bufferView = -1 - [...edit.keptViews.keys()].filter((key) => key < 0).length;
  edit.keptViews.set(bufferView, block.bytes);
  for (const one of primitives) {
    one.indices = primitive.indices;
    one.extensions = { ...one.extensions, [DRACO]: { bufferView, attributes: { ...block.ids } } };
  }
}

/** The block has one view for all: the extras of those before it stay on views of their own, a byte long. */
function keepExtras({ json, keptViews }: DracoEdit, { attributes, indices }: GLTF.IMeshPrimitive): void {
  for (const index of [...Object.values(attributes), ...(indices === undefined ? [] : [indices])]) {
    const accessor = json.accessors?.[index];
    const view = accessor?.bufferView;
    if (view !== undefined && viewExtrasOf(json, accessor) !== undefined && !keptViews.has(view))
      keptViews.set(view, new Uint8Array(1));
  }
}

function describe(edit: DracoEdit, index: number, data: AccessorData, semantic: string): void {
  const accessor = edit.json.accessors?.[index];
  if (accessor === undefined) return;
  accessor.count = data.count;
  accessor.componentType = componentTypeOf(data.array);
  if (data.normalized) accessor.normalized = true;
  else delete accessor.normalized;
  setBounds(accessor, data, [{ kind: 'attribute', semantic, mesh: 0, primitive: 0 }]);
  forgetStorage(accessor);
  edit.streams.delete(index);
}

function forgetStorage(accessor: GLTF.IAccessor): void {
  delete accessor.bufferView;
  delete accessor.byteOffset;
  delete accessor.sparse;
}
