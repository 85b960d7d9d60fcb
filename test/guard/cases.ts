/** What the guard is shown: four models, what is done to each, and what a person sees of it. */
import { readFileSync } from 'node:fs';
import type { GlbFile } from '../../src/ports.ts';
import type { Change } from './damage.ts';
import * as damage from './damage.ts';
import * as faithful from './faithful.ts';
import { makeJar } from './jar.ts';

/** What a person sees, side by side: `edge` is between invisible and barely, where either verdict is right. */
export type Seen = 'visible' | 'barely' | 'edge' | 'invisible';

/** A damage that the guard lets through. */
export interface Miss {
  readonly why: string;
  /** True when the contract check refuses it, pixels or not. */
  readonly contract: boolean;
}

/** One version of one model. */
export interface Case {
  readonly version: string;
  readonly change: Change;
  readonly seen: Seen;
  /** Why the guard does not see it, and whether the contract check does: a known miss. */
  readonly miss?: Miss;
  /** Drawn in every run; the others only when the whole table is made or checked. */
  readonly always: boolean;
}

/** A model and its versions. */
export interface Subject {
  readonly model: string;
  readonly open: () => Promise<GlbFile>;
  readonly cases: readonly Case[];
}

const asset = (name: string) => async (): Promise<GlbFile> => ({
  bytes: Uint8Array.from(readFileSync(new URL(`../assets/${name}`, import.meta.url))),
  siblings: new Map(),
});

const show = (version: string, change: Change, seen: Seen, miss?: Miss): Case => ({
  version,
  change,
  seen,
  always: false,
  ...(miss === undefined ? {} : { miss }),
});
/** As `show`, in every run. */
const always = (...words: Parameters<typeof show>): Case => ({ ...show(...words), always: true });

const webp = (quality: number, seen: Seen) => show(`textures as WebP ${quality}`, damage.webp(quality), seen);
const turned = (seen: Seen) => show('hue +6°', damage.hue(6), seen);
const positions = (bits: number, seen: Seen) => show(`positions in ${bits} bits`, faithful.positionBits(bits), seen);
const halved = (seen: Seen) => show('half of the triangles', damage.fewerTriangles(0.5), seen);

/** What nobody fails to see on any model. */
const ruined: readonly Case[] = [
  show('base colour in the wrong colour space', damage.darkGamma, 'visible'),
  show('no base colour texture', damage.noBaseTexture, 'visible'),
  show('UVs shifted by .02', damage.shiftedUvs(0.02), 'visible'),
  show('winding flipped', damage.flippedWinding, 'visible'),
  show('a tenth of the triangles', damage.fewerTriangles(0.1), 'visible'),
];

const written: readonly Case[] = [
  show('resaved', faithful.resaved, 'invisible'),
  show('meshopt codec', faithful.meshoptCodec, 'invisible'),
  show('positions in 16 bits', faithful.positionBits(16), 'invisible'),
  show('positions in 14 bits', faithful.positionBits(14), 'invisible'),
  show('positions in 12 bits', faithful.positionBits(12), 'invisible'),
  show('textures as lossless WebP', faithful.losslessWebp, 'invisible'),
  show('Draco, 14 bits', faithful.draco14, 'invisible'),
  show('vertices reordered', faithful.reordered, 'invisible'),
];

/** `names` of these in every run. */
const often = (cases: readonly Case[], names: readonly string[]): readonly Case[] =>
  cases.map((one) => ({ ...one, always: one.always || names.some((name) => one.version.startsWith(name)) }));

const FEW_PIXELS: Miss = {
  why: 'The stitches are gone, but they are few pixels of a shoe that is mostly mesh.',
  contract: true,
};
const UNSEEN: Miss = { why: 'It is inside of the other shields: no camera sees it.', contract: true };
const OTHER_CLIP: Miss = { why: 'Only the middle of the longest clip is drawn.', contract: true };

/** Everything that is shown. */
export const SUBJECTS: readonly Subject[] = [
  {
    model: 'shoe',
    open: asset('materials-variants-shoe.glb'),
    cases: [
      webp(90, 'edge'),
      webp(75, 'barely'),
      ...often([webp(50, 'visible')], ['textures']),
      webp(30, 'visible'),
      webp(10, 'visible'),
      always('no normal map', damage.noNormalMap, 'visible', FEW_PIXELS),
      show('normal map as if it were colours', damage.normalsAsColours, 'visible'),
      ...often([turned('visible')], ['hue']),
      ...often(ruined, ['winding']),
      halved('visible'),
      show('two fifths of the triangles', damage.fewerTriangles(0.4), 'visible'),
      positions(8, 'visible'),
      positions(10, 'edge'),
      show('a hole of 1 % of the triangles', damage.hole(0.01), 'visible'),
      ...often(written, ['Draco']),
    ],
  },
  {
    model: 'fox',
    open: asset('fox.glb'),
    cases: [
      webp(90, 'invisible'),
      webp(75, 'edge'),
      webp(50, 'edge'),
      webp(30, 'barely'),
      webp(10, 'visible'),
      ...often([turned('visible')], ['hue']),
      ...ruined,
      halved('visible'),
      positions(8, 'visible'),
      positions(10, 'edge'),
      always('weights in the opposite order', damage.shuffledWeights, 'visible'),
      always('two joints swapped', damage.swappedJoints('b_Tail02_013', 'b_Tail03_014'), 'visible'),
      always('clips .1 s late', damage.lateClips(0.1), 'visible'),
      always('another clip .1 s late', damage.lateClips(0.1, 'Walk'), 'visible', OTHER_CLIP),
      ...often(written, ['meshopt', 'vertices', 'positions in 14']),
    ],
  },
  {
    model: 'knight',
    open: asset('kaykit-knight.glb'),
    cases: [
      webp(90, 'invisible'),
      webp(75, 'invisible'),
      webp(50, 'invisible'),
      webp(30, 'edge'),
      webp(10, 'barely'),
      ...often([turned('visible')], ['hue']),
      ...ruined,
      halved('visible'),
      positions(8, 'barely'),
      positions(10, 'edge'),
      show('weights in the opposite order', damage.shuffledWeights, 'visible'),
      show('two joints swapped', damage.swappedJoints('upperarm.l', 'upperarm.r'), 'visible'),
      show('clips .1 s late', damage.lateClips(0.1), 'visible'),
      show('lost part: helmet', damage.lostPart('Knight_Helmet'), 'visible'),
      always('lost part: sword', damage.lostPart('1H_Sword'), 'visible'),
      always('lost part: badge shield', damage.lostPart('Badge_Shield'), 'visible', UNSEEN),
      ...often(written, ['resaved']),
    ],
  },
  {
    model: 'jar',
    open: makeJar,
    cases: [
      ...often([webp(90, 'visible')], ['textures']),
      webp(75, 'visible'),
      webp(50, 'visible'),
      webp(30, 'visible'),
      webp(10, 'visible'),
      always('no normal map', damage.noNormalMap, 'visible'),
      show('normal map as if it were colours', damage.normalsAsColours, 'visible'),
      turned('visible'),
      ...often(ruined, ['base colour', 'no base', 'UVs', 'a tenth']),
      halved('invisible'),
      ...often([positions(8, 'visible')], ['positions']),
      positions(10, 'barely'),
      show('a hole of 1 % of the triangles', damage.hole(0.01), 'visible'),
      show('lost part: knob', damage.lostPart('Knob'), 'visible'),
      ...often(written, ['textures', 'Draco']),
    ],
  },
];
