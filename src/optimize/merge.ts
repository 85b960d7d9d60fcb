/** `structure: merge`: fewer nodes, meshes and materials by glTF-Transform, at the price of names. Opt-in, never by default. */
import { EXTMeshGPUInstancing, EXTMeshoptCompression, KHRDracoMeshCompression } from '@gltf-transform/extensions';
import { dedup, flatten, instance, join, palette, prune } from '@gltf-transform/functions';
import { readDocument, writeDocument } from '../asset/document.ts';
import { listUnknownExtensions } from '../asset/extensions.ts';
import { readGlb, type SourceGlb } from '../asset/glb.ts';
import { externalUris } from '../asset/sibling.ts';
import { pack } from './pack.ts';
import { takeApart } from './workpiece.ts';

/** The merged file, or why it stays as it is. */
export type Merged =
  | { readonly kind: 'merged'; readonly glb: SourceGlb; readonly why: string }
  | { readonly kind: 'kept'; readonly why: string };

/** Joins what can be drawn together. `instancing` says that the target reads EXT_mesh_gpu_instancing. */
export async function mergeStructure(source: SourceGlb, instancing: boolean): Promise<Merged> {
  const why = whyNot(source);
  if (why !== undefined) return { kind: 'kept', why };
  const document = await readDocument(readable(source));
  // Compression is decided anew when the result is packed.
  for (const extension of document.getRoot().listExtensionsUsed()) {
    const { extensionName } = extension;
    if (
      extensionName === EXTMeshoptCompression.EXTENSION_NAME ||
      extensionName === KHRDracoMeshCompression.EXTENSION_NAME
    )
      extension.dispose();
  }
  const many = instancing && !used(source, EXTMeshGPUInstancing.EXTENSION_NAME) ? [instance({ min: 5 })] : [];
  await document.transform(
    dedup(),
    ...many,
    palette({ min: 5 }),
    flatten(),
    join(),
    prune({ keepExtras: true, keepLeaves: true }),
  );
  const opened = readGlb(await writeDocument(document));
  if (!('json' in opened)) return { kind: 'kept', why: opened[0]?.message ?? 'the merged file cannot be read' };
  const lost = LISTS.find((name) => (opened.json[name]?.length ?? 0) < (source.json[name]?.length ?? 0));
  if (lost !== undefined) return { kind: 'kept', why: `merging would lose ${lost}` };
  const count = (glb: SourceGlb) => `${glb.json.nodes?.length ?? 0} nodes, ${glb.json.meshes?.length ?? 0} meshes`;
  return { kind: 'merged', glb: opened, why: `${count(source)} became ${count(opened)}` };
}

/** glTF-Transform does not know the newer meshopt extension, nor its codec: it gets such views decoded. */
function readable(source: SourceGlb): SourceGlb {
  if (!used(source, 'KHR_meshopt_compression')) return source;
  const opened = readGlb(pack(takeApart(source)));
  if ('json' in opened) return opened;
  throw new Error(`We packed a file that we cannot read: ${opened[0]?.message ?? 'no reason given'}`);
}

/** What merging never needs to touch: fewer of them would be a loss, not a merger. */
const LISTS = Object.freeze(['scenes', 'cameras', 'animations', 'skins'] as const);

function used(source: SourceGlb, name: string): boolean {
  return source.json.extensionsUsed?.includes(name) ?? false;
}

function whyNot(source: SourceGlb): string | undefined {
  const unknown = listUnknownExtensions(source.json);
  if (unknown.length > 0) return `merging would lose ${unknown[0]}`;
  if (externalUris(source.json).length > 0) return 'merging would need its external images';
  // glTF-Transform's join drops the variants' mappings, and both are lost on it without an error.
  for (const name of ['KHR_materials_variants', 'KHR_animation_pointer', 'EXT_mesh_features']) {
    if (used(source, name)) return `merging would break ${name}`;
  }
  return undefined;
}
