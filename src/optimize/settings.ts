/** What a result may lose: one level for each kind of image, and one precision for geometry and animation. */
import type { SlotKind } from '../asset/textures.ts';
import type { Preset } from '../policy/policy.ts';
import { CLOSE, COARSE, EXACT, FINE, FINER, type Precision } from './precision.ts';

/** How far an image may be from its source. */
export type ImageLevel = LossyLevel | NearLevel | { readonly kind: 'lossless' };

/** No worse than a plain encoder does to the same pixels: see `image-search.ts`. Qualities are 1 to 100. */
export interface LossyLevel {
  readonly kind: 'lossy';
  /** Of WebP, or of JPEG where the target does not read it. */
  readonly quality: number;
  /** Chroma is halved with care, or in JPEG not at all: what a shiny surface makes of plain chroma shows first. */
  readonly careful?: true;
  /** Where AVIF is allowed: no worse than one of these two. */
  readonly withAvif?: { readonly webp: number; readonly avif: number };
}

/** WebP's near-lossless coding: full chroma, values rounded; 0 rounds most, 100 not at all. */
export interface NearLevel {
  readonly kind: 'near';
  readonly level: number;
  /** Where AVIF is allowed, and smaller: its quality, with full chroma too. On most surfaces that shows no more, in half of the bytes. */
  readonly avif?: number;
}

/** The parts that can be turned up one by one. */
export type Dial = 'geometry' | 'color' | 'normal' | 'data';

/** A place on every dial; higher is safer. */
export type Settings = Readonly<Record<Dial, number>>;

const lossy = (quality: number): ImageLevel => ({ kind: 'lossy', quality });
const careful = (quality: number): ImageLevel => ({ kind: 'lossy', quality, careful: true });
const near = (level: number): ImageLevel => ({ kind: 'near', level });
const nearOrAvif = (level: number, avif: number): ImageLevel => ({ kind: 'near', level, avif });
/** What plain encoders of both kinds take when nobody says otherwise. */
const SMALL: ImageLevel = Object.freeze({ kind: 'lossy', quality: 68, withAvif: { webp: 80, avif: 50 } });
const LOSSLESS: ImageLevel = Object.freeze({ kind: 'lossless' });

/**
 * Image levels from small to safe. Lossy WebP halves the chroma, which no quality mends in shiny normal maps: near-lossless
 * does, in twice the bytes. Of colour and packed numbers lossy at its finest shows less than near-lossless of more bytes.
 */
const IMAGE_LEVELS: Readonly<Record<'color' | 'normal' | 'data', readonly ImageLevel[]>> = Object.freeze({
  color: [SMALL, lossy(80), careful(90), careful(96), careful(99), near(60), LOSSLESS],
  normal: [SMALL, lossy(80), careful(90), nearOrAvif(20, 85), near(20), near(60), LOSSLESS],
  data: [SMALL, lossy(80), careful(90), careful(96), nearOrAvif(20, 85), near(60), LOSSLESS],
});
const PRECISIONS: readonly Precision[] = Object.freeze([COARSE, FINE, CLOSE, FINER, EXACT]);

/** Dials in the order in which they are turned. */
export const DIALS: readonly Dial[] = Object.freeze(['geometry', 'color', 'normal', 'data']);

/** Where everything keeps every bit. */
export const EXACT_SETTINGS: Settings = Object.freeze({
  geometry: PRECISIONS.length - 1,
  color: IMAGE_LEVELS.color.length - 1,
  normal: IMAGE_LEVELS.normal.length - 1,
  data: IMAGE_LEVELS.data.length - 1,
});

const STARTS: Readonly<Record<Preset, Settings>> = Object.freeze({
  lossless: EXACT_SETTINGS,
  balanced: { geometry: 1, color: 1, normal: 1, data: 1 },
  small: { geometry: 0, color: 0, normal: 0, data: 0 },
  // As `balanced`; images become KTX2 first, see `gpuLevelOf`.
  vram: { geometry: 1, color: 1, normal: 1, data: 1 },
});

/** Where a preset begins: its smallest result. */
export function startOf(preset: Preset): Settings {
  return STARTS[preset];
}

/** How an image is stored for the GPU: ETC1S where that is good enough, UASTC with bytes for error, or without; or not at all. */
export type GpuLevel = 'etc1s' | 'uastc-rdo' | 'uastc' | 'none';

/** By the place on a dial; `balanced`'s start is the second. What has to be nearer than UASTC comes is no KTX2. */
const GPU_LEVELS: Readonly<Record<'color' | 'normal' | 'data', readonly GpuLevel[]>> = Object.freeze({
  color: ['etc1s', 'etc1s', 'uastc-rdo', 'uastc'],
  normal: ['uastc-rdo', 'uastc-rdo', 'uastc', 'uastc'],
  data: ['uastc-rdo', 'uastc-rdo', 'uastc', 'uastc'],
});

/** The level of a kind of image for the GPU, where the preset is for the GPU. */
export function gpuLevelOf(settings: Settings, kind: 'color' | 'normal' | 'data'): GpuLevel {
  return GPU_LEVELS[kind][settings[kind]] ?? 'none';
}

/** One step safer on every dial. */
export function oneUp(settings: Settings): Settings {
  const up = (dial: Dial) => Math.min(settings[dial] + 1, EXACT_SETTINGS[dial]);
  return { geometry: up('geometry'), color: up('color'), normal: up('normal'), data: up('data') };
}

/** The last place of a dial. */
export function isExact(settings: Settings, dial: Dial): boolean {
  return settings[dial] >= EXACT_SETTINGS[dial];
}

/** The precision of geometry and animation. */
export function precisionOf(settings: Settings): Precision {
  return PRECISIONS[settings.geometry] ?? EXACT;
}

/** The level of a kind of image. */
export function levelOf(settings: Settings, kind: SlotKind): ImageLevel {
  return kind === 'exact' || kind === 'pixels' ? LOSSLESS : (IMAGE_LEVELS[kind][settings[kind]] ?? LOSSLESS);
}

/** Settings in words, such as `geometry fine, color 80, normal near-lossless 20, data 80`. */
export function describeSettings(settings: Settings): string {
  if (DIALS.every((dial) => isExact(settings, dial))) return 'lossless';
  const geometry = ['coarse', 'fine', 'close', 'finer', 'exact'][settings.geometry] ?? 'exact';
  const images = (['color', 'normal', 'data'] as const).map(
    (kind) => `${kind} ${describeLevel(levelOf(settings, kind))}`,
  );
  return [`geometry ${geometry}`, ...images].join(', ');
}

function describeLevel(level: ImageLevel): string {
  if (level.kind === 'lossy') return level.careful === true ? `${level.quality} careful` : String(level.quality);
  if (level.kind === 'lossless') return 'lossless';
  return `near-lossless ${level.level}${level.avif === undefined ? '' : ` or AVIF ${level.avif}`}`;
}

/** All constants that results depend on, for the recipe's digest. */
export function settingsConstants(preset: Preset): unknown {
  return [STARTS[preset], IMAGE_LEVELS, PRECISIONS, ...(preset === 'vram' ? [GPU_LEVELS] : [])];
}
