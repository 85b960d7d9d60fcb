/** The lists `extensionsUsed` and `extensionsRequired`. */
import type { Gltf } from '../asset/glb.ts';

/** Lists an extension as used and required. */
export function declareRequired(json: Gltf, name: string): void {
  json.extensionsUsed = [...new Set([...(json.extensionsUsed ?? []), name])];
  json.extensionsRequired = [...new Set([...(json.extensionsRequired ?? []), name])];
}

/** Takes an extension off both lists; empty lists go. */
export function undeclareExtension(json: Gltf, name: string): void {
  for (const list of ['extensionsUsed', 'extensionsRequired'] as const) {
    const rest = json[list]?.filter((entry) => entry !== name);
    if (rest === undefined || rest.length === 0) delete json[list];
    else json[list] = rest;
  }
}
