/** The policy file: types and defaults. */

/** Where the search for small files stops. */
export type Preset = 'lossless' | 'balanced' | 'small' | 'vram';
/** Who loads the files: a list of extensions that its loader reads out of the box (`optimize/target.ts`). */
export type Target =
  | 'auto'
  | 'universal'
  | 'three'
  | 'r3f'
  | 'babylon'
  | 'model-viewer'
  | 'playcanvas'
  | 'unity'
  | 'godot'
  | 'bevy'
  | 'blender';
/** A decoder that the app has to register with its loader. */
export type Decoder = 'meshopt' | 'draco' | 'ktx2';
/** What to do with an improved file. */
export type Mode = 'commit' | 'report' | 'pull-request';
/** What becomes of the original. */
export type KeepOriginal = 'none' | 'suffix' | 'folder';

/** Limits that an asset must keep, before or after; absent means unlimited. */
export interface Budget {
  readonly byteLength?: number;
  readonly triangleCount?: number;
  readonly drawCallCount?: number;
  readonly gpuByteLength?: number;
  /** The longer edge of a texture in pixels. */
  readonly textureSize?: number;
}

/** The settings that govern one path, after presets and overrides are applied. */
export interface Rule {
  /** `policy` for the file's top level, `overrides[2]` for the last override that matched, `default` without a file. */
  readonly name: string;
  readonly target: Target;
  readonly decoders: readonly Decoder[];
  readonly preset: Preset;
  readonly mode: Mode;
  readonly keepOriginal: KeepOriginal;
  readonly minSavedBytes: number;
  /** 0 to 1. */
  readonly minSavedRatio: number;
  /** On the scale of D: 0 identical, 1 invisible, 1.5 visible from here on. */
  readonly maxVisualDifference: number;
  readonly budget: Budget;
  /** The longer edge that textures are reduced to, in pixels; null leaves them as they are. */
  readonly textureMaxSizePx: number | null;
  /** `merge` allows join, flatten, palette and instance, which cost names and nodes. */
  readonly structure: 'keep' | 'merge';
  /** What a lossy result becomes when no browser could compare it. */
  readonly withoutRenderer: 'needs-review' | 'commit';
}
