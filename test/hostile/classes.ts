/** Every hostile input, by class. */
import { CONTAINERS, JSONS } from './containers.ts';
import type { HostileInput } from './input.ts';
import { EXTENSIONS, NAMES } from './names.ts';
import { ACCESSORS, GRAPHS } from './numbers.ts';
import { COMPRESSION, URIS } from './packed.ts';
import { IMAGES } from './payloads.ts';

/** What they aim at, and the inputs. */
export const CLASSES: readonly (readonly [string, readonly HostileInput[]])[] = [
  ['container', CONTAINERS],
  ['JSON', JSONS],
  ['accessors', ACCESSORS],
  ['scene graph', GRAPHS],
  ['images', IMAGES],
  ['compression', COMPRESSION],
  ['uris', URIS],
  ['names', NAMES],
  ['extensions', EXTENSIONS],
];
