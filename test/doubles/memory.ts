/** The world in memory: a source of files, a publisher that only remembers, a renderer that says what it is told. */
import { digestOf } from '../../src/asset/glb.ts';
import { resolveSibling } from '../../src/asset/sibling.ts';
import type {
  ChangedAsset,
  GitSource,
  GlbFile,
  NotRendered,
  Proposal,
  Publisher,
  ReadAsset,
  Renderer,
  VisualComparison,
} from '../../src/ports.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** A source of these files, listed in this order. An answer in place of bytes is given as it is; an error is thrown. */
export function memorySource(
  files: Readonly<Record<string, Bytes | ReadAsset | Error>>,
  rest: { readonly policy?: string; readonly manifests?: Readonly<Record<string, string>> } = {},
): GitSource {
  const bytesOf = (path: string): Bytes | undefined => {
    const file = files[path];
    return file instanceof Uint8Array ? file : undefined;
  };
  return {
    listChanges: async () =>
      Object.keys(files)
        .filter((path) => path.endsWith('.glb'))
        .map((path): ChangedAsset => {
          const bytes = bytesOf(path);
          const blob = bytes === undefined ? '' : digestOf(bytes).slice(0, 40);
          return { path, change: 'added', blob, mode: '100644', byteLength: bytes?.byteLength ?? 0 };
        }),
    readPolicy: async () => (rest.policy === undefined ? undefined : { path: 'policy.yml', text: rest.policy }),
    readBytes: async ({ path }, limitBytes) => {
      const file = files[path];
      if (file instanceof Error) throw file;
      if (file === undefined) throw new Error(`there is no ${path}`);
      if (!(file instanceof Uint8Array)) return file;
      if (file.byteLength > limitBytes) return { kind: 'over-limit', byteLength: file.byteLength, limitBytes };
      return { kind: 'bytes', bytes: file };
    },
    readSibling: async (asset, uri) => {
      const path = resolveSibling(asset.path, uri);
      const file = path === undefined ? undefined : files[path];
      if (file instanceof Error) throw file;
      if (file === undefined) return { kind: 'missing' };
      return file instanceof Uint8Array ? { kind: 'bytes', bytes: file } : file;
    },
    readManifests: async () => Object.entries(rest.manifests ?? {}).map(([path, text]) => ({ path, text })),
  };
}

/** A publisher that keeps what it was given. */
export function memoryPublisher(): Publisher & { readonly proposals: Proposal[] } {
  const proposals: Proposal[] = [];
  return {
    proposals,
    publish: async (proposal) => {
      proposals.push(proposal);
      return { commit: proposal.files.length > 0 ? 'c'.repeat(40) : null };
    },
  };
}

/** Says how different a candidate looks: a score, or why it cannot. Told how many candidates came before. */
export type Script = (candidate: GlbFile, place: number) => number | NotRendered;

/** A renderer that draws nothing and follows a script; `opened` and `closed` count its studios. */
export function scriptedRenderer(script: Script): Renderer & { opened: number; closed: number; seen: GlbFile[] } {
  const seen: GlbFile[] = [];
  const compared = (score: number): VisualComparison => ({
    kind: 'compared',
    metric: 'FLIP-D',
    score,
    views: [{ name: 'front', score }],
    renderer: 'script',
    beforeLoadTimeMs: 1,
    afterLoadTimeMs: 1,
  });
  // As much of a WebP as anybody looks at.
  const picture = Uint8Array.from('RIFF\0\0\0\0WEBP', (character) => character.charCodeAt(0));
  const renderer = {
    opened: 0,
    closed: 0,
    seen,
    open: async () => {
      renderer.opened++;
      return {
        compare: async (candidate: GlbFile) => {
          const answer = script(candidate, seen.push(candidate) - 1);
          return typeof answer === 'number' ? compared(answer) : answer;
        },
        pictures: async () => ({ comparison: picture, sheet: picture }),
        hero: async () => picture,
        [Symbol.asyncDispose]: async () => {
          renderer.closed++;
        },
      };
    },
    close: async () => {},
  };
  return renderer;
}

/** A renderer to which all files look the same. */
export const flatColour = () => scriptedRenderer(() => 0);
