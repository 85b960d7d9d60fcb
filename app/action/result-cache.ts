/** Results by the digest of their sources, in the cache service of the runner: a second run of the same models takes seconds. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  type ArtifactStore,
  type AssetReviewer,
  type Assignment,
  digestOf,
  messageOf,
  type ReviewedAsset,
  type StoredAsset,
  TOOL,
} from '../../src/index.ts';
import { directoryStore } from '../artifacts/directory.ts';
import { loadAsset, storeAsset } from '../stored-asset.ts';

/** What a cache works with. */
export interface CacheOptions {
  /** A folder of the runner's own: the service names entries by their place. */
  readonly folder: string;
  /** A result that was never looked at is not one for a run that could look. */
  readonly hasRenderer: boolean;
  readonly onNote: (text: string) => void;
}

/** A reviewer that remembers. */
export interface CachingReviewer extends AssetReviewer {
  /** Sends what is new to the service; after the comment, because nobody waits for it. */
  keep(): Promise<void>;
  /** Results that came from the service. */
  readonly hitCount: () => number;
}

const RESULT = 'result.json';

/** Wraps a reviewer. A service that does not answer costs a line in the log, nothing else. */
export function cachingReviewer(inner: AssetReviewer, options: CacheOptions): CachingReviewer {
  const fresh: { readonly key: string; readonly folder: string }[] = [];
  let hitCount = 0;
  return {
    hitCount: () => hitCount,
    async review(assignment, assetOptions) {
      const key = keyOf(assignment, options.hasRenderer);
      const folder = path.join(options.folder, key);
      const store = storeOf(folder, assignment);
      const known = await find(key, folder, store, options);
      if (known !== undefined) {
        hitCount++;
        return known;
      }
      let hasSiblings = false;
      const reviewed = await inner.review(assignment, {
        ...assetOptions,
        readSibling: (uri) => {
          hasSiblings = true;
          return assetOptions.readSibling(uri);
        },
      });
      // With other siblings the same bytes may give another result; our own failures may not repeat.
      if (hasSiblings || reviewed.report.verdict === 'failed') return reviewed;
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      const stored = await storeAsset(reviewed, store);
      await writeFile(path.join(folder, RESULT), JSON.stringify(stored));
      fresh.push({ key, folder });
      return reviewed;
    },
    async keep() {
      if (fresh.length === 0) return;
      const cache = await import('@actions/cache');
      for (const { key, folder } of fresh.splice(0)) {
        await cache.saveCache([folder], key).catch((thrown: unknown) => options.onNote(`cache: ${messageOf(thrown)}`));
      }
    },
    close: () => inner.close(),
  };
}

/** Everything that a result depends on. */
function keyOf({ asset, rule, bytes, base, manifests, isLfs }: Assignment, hasRenderer: boolean): string {
  const { path: name, blob, mode, wish } = asset;
  const baseDigest = base === undefined ? null : digestOf(base);
  const parts = [
    digestOf(bytes),
    baseDigest,
    rule,
    name,
    blob,
    mode,
    wish ?? null,
    manifests,
    isLfs ?? null,
    hasRenderer,
  ];
  const digest = digestOf(new TextEncoder().encode(JSON.stringify(parts)));
  return `glb-optimizer-${TOOL.version}-${digest}`;
}

/** The source is here already, and need not travel. */
function storeOf(folder: string, { bytes }: Assignment): ArtifactStore {
  const store = directoryStore(path.join(folder, 'bytes'));
  const digest = digestOf(bytes);
  return {
    ...store,
    put: async (given) =>
      given instanceof Uint8Array && digestOf(given) === digest
        ? { digest, byteLength: bytes.byteLength }
        : store.put(given),
    get: async (wanted) => (wanted === digest ? bytes : store.get(wanted)),
  };
}

async function find(
  key: string,
  folder: string,
  store: ArtifactStore,
  { onNote }: CacheOptions,
): Promise<ReviewedAsset | undefined> {
  try {
    const cache = await import('@actions/cache');
    if (!cache.isFeatureAvailable() || (await cache.restoreCache([folder], key)) === undefined) return undefined;
    const stored: StoredAsset = JSON.parse(await readFile(path.join(folder, RESULT), 'utf8'));
    if (!(await isWhole(stored, store))) return undefined;
    return loadAsset(stored, store);
  } catch (thrown) {
    onNote(`cache: ${messageOf(thrown)}`);
    return undefined;
  }
}

/** What will be committed is what was proven: its bytes have the digest that the report names. */
async function isWhole({ file, images, model }: StoredAsset, store: ArtifactStore): Promise<boolean> {
  const needed = [...(file === null ? [] : [file]), ...images, ...(model === null ? [] : [model.before])];
  if (model !== null && model.after !== null) needed.push(model.after);
  for (const { digest } of needed) {
    const bytes = await store.get(digest);
    if (bytes === undefined || digestOf(bytes) !== digest) return false;
  }
  return true;
}
