/** What the files of the shown asset are made of, and which part of them a person picked. */
import type { Contents } from './glb-contents.ts';
import type { Side } from './panes.ts';

/** A mesh or a material, by its index in the file of a side. */
export interface Picked {
  readonly kind: 'mesh' | 'material';
  readonly side: Side;
  readonly index: number;
  /** Of a mesh of several, the one that was clicked; null for all. */
  readonly primitive: number | null;
  /** The node that was clicked; null when the part was chosen from a list. */
  readonly nodeName: string | null;
}

/** Contents and pick, with who wants to know of them. */
export interface Inspection {
  contents(): Readonly<Record<Side, Contents | null>>;
  picked(): Picked | null;
  /** Null for a file that cannot be read. */
  add(side: Side, contents: Contents | null): void;
  clear(): void;
  pick(picked: Picked | null): void;
  subscribe(listener: (what: 'contents' | 'picked') => void): void;
}

/** Nothing is known yet. */
export function createInspection(): Inspection {
  const nothing: Readonly<Record<Side, Contents | null>> = { base: null, before: null, after: null };
  const listeners: ((what: 'contents' | 'picked') => void)[] = [];
  let contents = nothing;
  let picked: Picked | null = null;
  const tell = (what: 'contents' | 'picked') => {
    for (const listener of listeners) listener(what);
  };
  return {
    contents: () => contents,
    picked: () => picked,
    add(side, found) {
      contents = { ...contents, [side]: found };
      tell('contents');
    },
    clear() {
      contents = nothing;
      picked = null;
      tell('contents');
      tell('picked');
    },
    pick(part) {
      picked = part;
      tell('picked');
    },
    subscribe(listener) {
      listeners.push(listener);
    },
  };
}
