/** The node tree: every node has at most one parent, nobody is its own ancestor, and the depth is bounded. */
import { type Finding, finding, pointer } from '../finding.ts';
import type { Gltf } from './glb.ts';

/** Defects of the tree; empty when it is one. */
export function checkTree(json: Gltf, limit: number): readonly Finding[] {
  const nodes = json.nodes ?? [];
  const parents = new Map<number, number>();
  for (const [index, node] of nodes.entries()) {
    for (const child of node.children ?? []) {
      const at = pointer('nodes', index, 'children');
      if (child >= nodes.length) return [finding('GLTF_INDEX', at, `There is no node ${child}.`)];
      if (parents.has(child))
        return [finding('GLTF_NODE_CYCLE', at, `Node ${child} has two parents, ${parents.get(child)} and ${index}.`)];
      parents.set(child, index);
    }
  }
  for (const [index, scene] of (json.scenes ?? []).entries()) {
    for (const root of scene.nodes ?? []) {
      if (root >= nodes.length)
        return [finding('GLTF_INDEX', pointer('scenes', index, 'nodes'), `There is no node ${root}.`)];
    }
  }
  return checkDepth(nodes.length, parents, limit);
}

/** Walks up from each node once; with one parent each, a walk that never ends is a cycle. */
function checkDepth(count: number, parents: ReadonlyMap<number, number>, limit: number): readonly Finding[] {
  const depths = new Map<number, number>();
  for (let start = 0; start < count; start++) {
    const path: number[] = [];
    const onPath = new Set<number>();
    let node: number | undefined = start;
    while (node !== undefined && !depths.has(node)) {
      if (onPath.has(node))
        return [finding('GLTF_NODE_CYCLE', pointer('nodes', node), `Node ${node} is its own descendant.`)];
      onPath.add(node);
      path.push(node);
      node = parents.get(node);
    }
    let depth = node === undefined ? 0 : (depths.get(node) ?? 0);
    for (const passed of path.reverse()) depths.set(passed, ++depth);
    if (depth > limit) {
      return [
        finding('LIMIT_DEPTH', pointer('nodes', start), `Nodes are nested ${depth} deep; the limit is ${limit}.`),
      ];
    }
  }
  return [];
}
