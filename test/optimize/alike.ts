/** Are two files the same thing? Both are read by glTF-Transform, which shares no code with ours. */
import { type Document, Logger, type Node, NodeIO, type Primitive } from '@gltf-transform/core';
import { ALL_EXTENSIONS, type MappingList } from '@gltf-transform/extensions';
import draco3d from 'draco3dgltf';
import { MeshoptDecoder } from 'meshoptimizer';
import { expect } from 'vitest';

const draco = draco3d.createDecoderModule();

/** How far numbers may move. Angles in radians; the others in the unit of the number. */
export interface Bounds {
  /** Share of the longest edge of a mesh. */
  readonly positionRatio: number;
  /** The same of a mesh without a surface, if that is another. */
  readonly bareRatio?: number;
  /** Of what morph targets add to positions, beside that share. */
  readonly positionDelta?: number;
  readonly direction: number;
  readonly texcoord: number;
  readonly color: number;
  readonly weight: number;
  readonly rotation: number;
  /** Share of the largest value of a track. */
  readonly trackRatio: number;
}

/** Reads with every extension that glTF-Transform knows. */
export async function readBack(bytes: Uint8Array): Promise<Document> {
  await MeshoptDecoder.ready;
  const io = new NodeIO()
    .setLogger(new Logger(Logger.Verbosity.SILENT))
    .registerExtensions(ALL_EXTENSIONS)
    .registerDependencies({ 'meshopt.decoder': MeshoptDecoder, 'draco3d.decoder': await draco });
  return io.readBinary(bytes);
}

/** Everything that must be equal, as plain data: names, tree, transforms, materials, cameras, extras. */
export function essenceOf(document: Document): object {
  const root = document.getRoot();
  const nameOf = (owner: { getName(): string } | null) => owner?.getName() ?? null;
  const node = (one: Node): object => ({
    name: one.getName(),
    extras: one.getExtras(),
    matrix: one.getMatrix().map(coarse),
    children: one.listChildren().map((child) => root.listNodes().indexOf(child)),
    mesh: nameOf(one.getMesh()),
    skin: nameOf(one.getSkin()),
    camera: nameOf(one.getCamera()),
    weights: one.getWeights(),
    extensions: one.listExtensions().map((extension) => extension.extensionName),
  });
  const primitive = (one: Primitive): object => ({
    mode: one.getMode(),
    material: nameOf(one.getMaterial()),
    semantics: one.listSemantics().sort(),
    targets: one.listTargets().map((target) => target.listSemantics()),
    variants: one
      .getExtension<MappingList>('KHR_materials_variants')
      ?.listMappings()
      .map((mapping) => [nameOf(mapping.getMaterial()), mapping.listVariants().map(nameOf)]),
  });
  return {
    scenes: root.listScenes().map((scene) => [scene.getName(), scene.listChildren().map(nameOf)]),
    defaultScene: nameOf(root.getDefaultScene()),
    nodes: root.listNodes().map(node),
    meshes: root.listMeshes().map((mesh) => [mesh.getName(), mesh.getExtras(), mesh.listPrimitives().map(primitive)]),
    materials: root.listMaterials().map((material) => ({
      name: material.getName(),
      extras: material.getExtras(),
      alphaMode: material.getAlphaMode(),
      doubleSided: material.getDoubleSided(),
      factors: [...material.getBaseColorFactor(), material.getMetallicFactor(), material.getRoughnessFactor()].map(
        Math.fround,
      ),
      texture: nameOf(material.getBaseColorTexture()),
      wrap: [material.getBaseColorTextureInfo()?.getWrapS(), material.getBaseColorTextureInfo()?.getWrapT()],
      extensions: material.listExtensions().map((extension) => extension.extensionName),
    })),
    cameras: root
      .listCameras()
      .map((camera) => [camera.getName(), camera.getType(), camera.getXMag(), camera.getYFov()]),
    skins: root
      .listSkins()
      .map((skin) => [skin.getName(), skin.listJoints().map(nameOf), numbers(skin.getInverseBindMatrices())]),
    animations: root
      .listAnimations()
      .map((clip) => [
        clip.getName(),
        clip
          .listChannels()
          .map((channel) => [
            nameOf(channel.getTargetNode()),
            channel.getTargetPath(),
            channel.getSampler()?.getInterpolation(),
          ]),
      ]),
  };
}

/** Transforms are 32-bit floats in every engine; a matrix put together of them has their noise. */
function coarse(value: number): number {
  return Number(value.toPrecision(6)) || 0;
}

interface Numbers {
  getCount(): number;
  getElement(index: number, target: number[]): number[];
}

/** The elements of an accessor as loaders see them. */
export function elements(accessor: Numbers | null): number[][] {
  return Array.from({ length: accessor?.getCount() ?? 0 }, (_, i) => accessor?.getElement(i, []) ?? []);
}

function numbers(accessor: Numbers | null): number[] {
  return elements(accessor).flat();
}

/** Expects the same geometry: every corner of every primitive within its bounds. */
export function expectSameGeometry(before: Document, after: Document, bounds: Bounds): void {
  for (const [m, mesh] of before.getRoot().listMeshes().entries()) {
    const other = after.getRoot().listMeshes()[m]?.listPrimitives() ?? [];
    const isBare = mesh.listPrimitives().every((primitive) => primitive.getMode() < 4);
    const positionRatio = (isBare ? bounds.bareRatio : undefined) ?? bounds.positionRatio;
    for (const [p, primitive] of mesh.listPrimitives().entries()) {
      const match = other[p];
      if (match === undefined) throw new Error(`primitive ${p} of mesh ${m} is gone`);
      expectSamePrimitive(primitive, match, { ...bounds, positionRatio }, `mesh ${m}`);
    }
  }
}

/** One corner: its numbers by attribute. */
type Corner = ReadonlyMap<string, readonly number[]>;

function cornersOf(primitive: Primitive): Corner[] {
  const sets = new Map<string, number[][]>();
  for (const name of primitive.listSemantics()) sets.set(name, elements(primitive.getAttribute(name)));
  for (const [t, target] of primitive.listTargets().entries())
    for (const name of target.listSemantics()) sets.set(`morph ${t} ${name}`, elements(target.getAttribute(name)));
  const count = primitive.getAttribute('POSITION')?.getCount() ?? 0;
  const indices = primitive.getIndices();
  const order = indices === null ? Array.from({ length: count }, (_, i) => i) : numbers(indices);
  return order.map((v) => new Map([...sets].map(([name, rows]) => [name, rows[v] ?? []])));
}

function expectSamePrimitive(before: Primitive, after: Primitive, bounds: Bounds, where: string): void {
  const [was, is] = [cornersOf(before), cornersOf(after)];
  expect(is.length, `${where}: corners`).toBe(was.length);
  const extent = extentOf(elements(before.getAttribute('POSITION')));
  const alike = (a: Corner, b: Corner): boolean =>
    [...a].every(([name, values]) => isNear(name, values, b.get(name) ?? [], bounds, extent));
  const keepsOrder = before.getMaterial()?.getAlphaMode() === 'BLEND';
  const size = before.getMode() === 4 ? 3 : 1;
  const isList = ![0, 4].includes(before.getMode()) || was.length % size !== 0;
  if (isList) {
    const moved = was.findIndex((corner, c) => !alike(corner, is[c] ?? new Map()));
    expect(moved < 0 ? 'same' : [moved, [...(was[moved] ?? [])], [...(is[moved] ?? [])]], where).toBe('same');
    return;
  }
  const left = shapesOf(is, size);
  for (const [t, shape] of shapesOf(was, size).entries()) {
    const pool = keepsOrder ? [left.shift() ?? []] : left;
    const found = pool.findIndex((other) =>
      shape.some((_, turn) => shape.every((corner, c) => alike(corner, other[(c + turn) % size] ?? new Map()))),
    );
    expect(found, `${where}: shape ${t} ${JSON.stringify(shape.map((corner) => [...corner]))}`).toBeGreaterThanOrEqual(
      0,
    );
    if (!keepsOrder) left.splice(found, 1);
  }
}

/** Triangles of three corners, or points of one. */
function shapesOf(corners: readonly Corner[], size: number): Corner[][] {
  return Array.from({ length: Math.floor(corners.length / size) }, (_, t) => corners.slice(t * size, (t + 1) * size));
}

function extentOf(rows: readonly number[][]): number {
  const axes = [0, 1, 2].map((c) => rows.map((row) => row[c] ?? 0));
  return Math.max(...axes.map((axis) => Math.max(...axis) - Math.min(...axis)), 1e-30);
}

function isNear(name: string, a: readonly number[], b: readonly number[], bounds: Bounds, extent: number): boolean {
  const distance = Math.max(0, ...a.map((value, c) => Math.abs(value - (b[c] ?? Number.NaN))));
  if (name.endsWith('POSITION')) {
    // A rounded number is again a 32-bit float; far from the origin these are coarse themselves.
    const grain = bounds.positionRatio === 0 ? 0 : Math.max(...a.map(Math.abs)) * 2 ** -22;
    const delta = name.startsWith('morph') ? (bounds.positionDelta ?? 0) : 0;
    return distance <= extent * bounds.positionRatio * 1.0001 + grain + delta;
  }
  if (/^(NORMAL|TANGENT)/.test(name)) {
    const zero = Math.hypot(...a.slice(0, 3)) < 1e-6;
    return zero
      ? distance < 1e-6
      : angleOf(a, b) <= bounds.direction + 1e-6 && Math.sign(a[3] ?? 0) === Math.sign(b[3] ?? 0);
  }
  if (name.startsWith('TEXCOORD')) return distance <= bounds.texcoord;
  if (name.startsWith('COLOR')) return distance <= bounds.color;
  if (name.startsWith('WEIGHTS')) return distance <= bounds.weight;
  return distance === 0;
}

/** Radians between two directions. */
export function angleOf(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [a.slice(0, 3), b.slice(0, 3)];
  const cross = [0, 1, 2].map(
    (c) => (x[(c + 1) % 3] ?? 0) * (y[(c + 2) % 3] ?? 0) - (x[(c + 2) % 3] ?? 0) * (y[(c + 1) % 3] ?? 0),
  );
  return Math.atan2(
    Math.hypot(...cross),
    x.reduce((sum, value, c) => sum + value * (y[c] ?? 0), 0),
  );
}
