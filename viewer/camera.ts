/** Where the camera stands. Both sides of a comparison are drawn from cameras made of the original's points. */
import { PerspectiveCamera, Vector3 } from 'three';

/** A direction to look from, in degrees: azimuth 0 is +Z (the glTF front), 90 is +X; elevation is above the horizon. */
export interface ViewDirection {
  readonly name: string;
  readonly azimuth: number;
  readonly elevation: number;
}

/** Margins around the model as ratios of the picture's edges. */
export interface Insets {
  readonly top: number;
  readonly bottom: number;
  readonly side: number;
}

/** The four cameras of the visual guard: together they see every side, two from different heights and one from below. */
export const VIEWS: readonly [ViewDirection, ViewDirection, ViewDirection, ViewDirection] = [
  { name: 'front right', azimuth: 35, elevation: 15 },
  { name: 'back right', azimuth: 125, elevation: 15 },
  { name: 'back left', azimuth: 215, elevation: 25 },
  { name: 'from below', azimuth: 305, elevation: -12 },
];

/** Flatter than this (height over width) a model is a place rather than a thing, and is looked at from higher up. */
const FLAT_RATIO = 0.3;
const FLAT_EXTRA_DEGREES = 18;

/** The four cameras for a model: `VIEWS`, from higher up for a wide, flat scene. */
export function viewsFor(points: Float32Array): typeof VIEWS {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < points.length; i++) {
    const value = points[i] ?? 0;
    if (!Number.isFinite(value)) continue;
    low[i % 3] = Math.min(low[i % 3] ?? 0, value);
    high[i % 3] = Math.max(high[i % 3] ?? 0, value);
  }
  const [width = 0, height = 0, depth = 0] = high.map((value, axis) => value - (low[axis] ?? 0));
  if (height > FLAT_RATIO * Math.min(width, depth)) return VIEWS;
  const raised = (view: ViewDirection): ViewDirection =>
    view.elevation < 0 ? view : { ...view, elevation: view.elevation + FLAT_EXTRA_DEGREES };
  const [first, second, third, fourth] = VIEWS;
  return [raised(first), raised(second), raised(third), raised(fourth)];
}

/** Room for the pill above and the note below a card. */
export const CARD_INSETS: Insets = { top: 0.15, bottom: 0.13, side: 0.07 };
/** Nothing but the model. */
export const PLAIN_INSETS: Insets = { top: 0.06, bottom: 0.06, side: 0.06 };

const FIELD_OF_VIEW_DEGREES = 30;

/** A camera that sees all points, and the point it looks at (for orbit controls). */
export interface FittedCamera {
  readonly camera: PerspectiveCamera;
  readonly target: Vector3;
}

/**
 * Fits the points themselves, not their box: a box fit leaves a helmet at 60 % of the frame. `points` is x, y, z, x, …
 * in world space and holds at least one point. `aspect` is width / height.
 */
export function fitCamera(
  points: Float32Array,
  view: ViewDirection,
  aspect: number,
  insets: Insets = PLAIN_INSETS,
): FittedCamera {
  const { right: r, up: u, back: b } = axesOf(view);
  const tangent = Math.tan((FIELD_OF_VIEW_DEGREES / 2) * (Math.PI / 180));
  const side = tangent * aspect * (1 - 2 * insets.side);
  const top = tangent * (1 - 2 * insets.top);
  const bottom = tangent * (1 - 2 * insets.bottom);
  let [mostRight, mostLeft, mostUp, mostDown] = [-Infinity, -Infinity, -Infinity, -Infinity];
  let [nearest, farthest] = [-Infinity, Infinity];
  let [minR, maxR, minU, maxU] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i + 2 < points.length; i += 3) {
    const x = points[i] ?? 0;
    const y = points[i + 1] ?? 0;
    const z = points[i + 2] ?? 0;
    const pr = x * r.x + y * r.y + z * r.z;
    const pu = x * u.x + y * u.y + z * u.z;
    const pb = x * b.x + y * b.y + z * b.z;
    if (!Number.isFinite(pr + pu + pb)) continue;
    mostRight = Math.max(mostRight, pr + side * pb);
    mostLeft = Math.max(mostLeft, -pr + side * pb);
    mostUp = Math.max(mostUp, pu + top * pb);
    mostDown = Math.max(mostDown, -pu + bottom * pb);
    nearest = Math.max(nearest, pb);
    farthest = Math.min(farthest, pb);
    minR = Math.min(minR, pr);
    maxR = Math.max(maxR, pr);
    minU = Math.min(minU, pu);
    maxU = Math.max(maxU, pu);
  }
  if (nearest === -Infinity) return { camera: new PerspectiveCamera(), target: new Vector3() };
  const extent = Math.hypot(maxR - minR, maxU - minU, nearest - farthest) || 1;
  const distance = Math.max(
    (mostRight + mostLeft) / (2 * side),
    (mostUp + mostDown) / (top + bottom),
    nearest + extent * 0.05, // a line seen end-on needs no room but must not touch the lens
  );
  const shiftRight = (mostRight - mostLeft) / 2;
  const shiftUp = (mostUp - top * distance + (bottom * distance - mostDown)) / 2;
  const position = new Vector3()
    .addScaledVector(r, shiftRight)
    .addScaledVector(u, shiftUp)
    .addScaledVector(b, distance);
  const middle = (nearest + farthest) / 2;
  const target = position.clone().addScaledVector(b, middle - distance);
  // Far reaches beyond the points for the shadow plane; a candidate may also stick out of the original.
  const near = Math.max((distance - nearest) * 0.5, extent * 0.004);
  const camera = new PerspectiveCamera(FIELD_OF_VIEW_DEGREES, aspect, near, distance - farthest + extent * 3);
  camera.position.copy(position);
  camera.up.copy(u);
  camera.lookAt(target);
  camera.updateMatrixWorld();
  return { camera, target };
}

function axesOf(view: ViewDirection): { right: Vector3; up: Vector3; back: Vector3 } {
  const azimuth = (view.azimuth * Math.PI) / 180;
  const elevation = (view.elevation * Math.PI) / 180;
  const back = new Vector3(
    Math.sin(azimuth) * Math.cos(elevation),
    Math.sin(elevation),
    Math.cos(azimuth) * Math.cos(elevation),
  );
  const right = new Vector3(0, 1, 0).cross(back).normalize();
  return { right, up: back.clone().cross(right), back };
}
