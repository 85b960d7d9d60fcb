/** What the viewer shows, as data: kept in the address, so that a link opens the same sight. */

/** How before and after share the canvas. */
export const MODES = ['slider', 'side', 'flicker', 'difference'] as const;
/** How before and after share the canvas. */
export type Mode = (typeof MODES)[number];
/** Which two files are compared, where there is one of the merge base: head and optimized, base and head, base and optimized. */
export const PAIRS = ['optimized', 'changed', 'both'] as const;
/** Which two files are compared. */
export type PairName = (typeof PAIRS)[number];
/** What the surfaces wear: their own materials, or something that shows the geometry, the normals, the UVs. */
export const SURFACES = ['material', 'wireframe', 'normals', 'checker'] as const;
/** What the surfaces wear. */
export type SurfaceName = (typeof SURFACES)[number];
/** The light around the models. */
export const LIGHTS = ['studio', 'outdoor', 'evening'] as const;
/** The light around the models. */
export type LightName = (typeof LIGHTS)[number];
/** What stands behind the models; `auto` goes with the theme and the model. */
export const BACKGROUNDS = ['auto', 'light', 'grey', 'dark', 'white', 'black'] as const;
/** What stands behind the models. */
export type BackgroundName = (typeof BACKGROUNDS)[number];

/** Where the camera stands and looks, in world units. */
export interface CameraPlace {
  readonly position: readonly [number, number, number];
  readonly target: readonly [number, number, number];
}

/** Everything a link carries. */
export interface ViewState {
  /** The asset's path; null is the first one. */
  readonly asset: string | null;
  readonly mode: Mode;
  readonly pair: PairName;
  /** How much of the width shows the first of the two, 0 to 1. */
  readonly split: number;
  /** A view of the visual guard by name, until the camera is moved by hand. */
  readonly view: string | null;
  readonly camera: CameraPlace | null;
  /** Name of an animation; null is the pose as loaded. */
  readonly clip: string | null;
  readonly timeS: number;
  readonly variant: string | null;
  readonly surface: SurfaceName;
  readonly light: LightName;
  readonly background: BackgroundName;
  /** Stops of exposure, -3 to 3. */
  readonly exposureStops: number;
}

/** What is shown when the address says nothing. */
export const VIEW_DEFAULTS: ViewState = Object.freeze({
  asset: null,
  mode: 'slider',
  pair: 'optimized',
  split: 0.5,
  view: null,
  camera: null,
  clip: null,
  timeS: 0,
  variant: null,
  surface: 'material',
  light: 'studio',
  background: 'auto',
  exposureStops: 0,
});

/** What belongs to one asset and is forgotten with it. */
export const ASSET_DEFAULTS = Object.freeze({ view: null, camera: null, clip: null, timeS: 0, variant: null });

/** The state as the part of an address after `#`; what is as usual is left out. */
export function writeHash(state: ViewState): string {
  const parameters = new URLSearchParams();
  const put = (key: string, value: string | number | null, usual: string | number | null) => {
    if (value !== null && value !== usual) parameters.set(key, String(value));
  };
  put('asset', state.asset, null);
  put('mode', state.mode, VIEW_DEFAULTS.mode);
  put('pair', state.pair, VIEW_DEFAULTS.pair);
  put('split', round(state.split, 3), VIEW_DEFAULTS.split);
  put('view', state.view, null);
  if (state.camera) {
    const { position, target } = state.camera;
    // Five digits place a camera to a tenth of a pixel.
    put('camera', [...position, ...target].map((value) => Number(value.toPrecision(5))).join(','), null);
  }
  put('clip', state.clip, null);
  put('time', round(state.timeS, 3), 0);
  put('variant', state.variant, null);
  put('surface', state.surface, VIEW_DEFAULTS.surface);
  put('light', state.light, VIEW_DEFAULTS.light);
  put('background', state.background, VIEW_DEFAULTS.background);
  put('exposure', round(state.exposureStops, 2), 0);
  return parameters.toString();
}

/** Reads a hash, with or without its `#`; what is missing or nonsense is as usual. */
export function readHash(hash: string): ViewState {
  const parameters = new URLSearchParams(hash.replace(/^#/, ''));
  return {
    asset: parameters.get('asset'),
    mode: oneOf(MODES, parameters.get('mode'), VIEW_DEFAULTS.mode),
    pair: oneOf(PAIRS, parameters.get('pair'), VIEW_DEFAULTS.pair),
    split: number(parameters.get('split'), VIEW_DEFAULTS.split, 0, 1),
    view: parameters.get('view'),
    camera: cameraOf(parameters.get('camera')),
    clip: parameters.get('clip'),
    timeS: number(parameters.get('time'), 0, 0, 1e6),
    variant: parameters.get('variant'),
    surface: oneOf(SURFACES, parameters.get('surface'), VIEW_DEFAULTS.surface),
    light: oneOf(LIGHTS, parameters.get('light'), VIEW_DEFAULTS.light),
    background: oneOf(BACKGROUNDS, parameters.get('background'), VIEW_DEFAULTS.background),
    exposureStops: number(parameters.get('exposure'), 0, -3, 3),
  };
}

function cameraOf(text: string | null): CameraPlace | null {
  const values = (text ?? '').split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const [px, py, pz, tx, ty, tz] = values;
  if (values.length !== 6 || !values.every(Number.isFinite)) return null;
  if (px === undefined || py === undefined || pz === undefined) return null;
  if (tx === undefined || ty === undefined || tz === undefined) return null;
  return { position: [px, py, pz], target: [tx, ty, tz] };
}

function oneOf<T extends string>(names: readonly T[], text: string | null, usual: T): T {
  return names.find((name) => name === text) ?? usual;
}

function number(text: string | null, usual: number, least: number, most: number): number {
  const value = text === null || text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : usual;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** Holds the state and tells who asks when it changes. */
export interface Store {
  get(): ViewState;
  set(patch: Partial<ViewState>): void;
  subscribe(listener: (now: ViewState, before: ViewState) => void): void;
}

/** Makes a store. */
export function createStore(initial: ViewState): Store {
  const listeners: ((now: ViewState, before: ViewState) => void)[] = [];
  let state = initial;
  return {
    get: () => state,
    set(patch) {
      const before = state;
      state = { ...state, ...patch };
      for (const listener of listeners) listener(state, before);
    },
    subscribe(listener) {
      listeners.push(listener);
    },
  };
}
