/** The one camera of a comparison, moved by mouse, touch and keys. */
import { MathUtils, PerspectiveCamera, Vector3 } from 'three';
import { OrbitControls } from 'three/addons/controls/OrbitControls.js';
import { fitCamera, type Insets, type ViewDirection } from './camera.ts';
import type { CameraPlace } from './state.ts';

/** A camera that orbits. */
export interface Orbit {
  readonly camera: PerspectiveCamera;
  /** Learns how large the model is. */
  measure(points: Float32Array): void;
  /** Shows all points from a direction. */
  fit(points: Float32Array, direction: ViewDirection, insets: Insets): void;
  setAspect(aspect: number): void;
  place(): CameraPlace;
  setPlace(place: CameraPlace): void;
  /** Looks at a point from half the distance. */
  focus(point: Vector3): void;
  /** Turns by degrees; zooms by a factor, below 1 nearer. */
  nudge(azimuthDegrees: number, elevationDegrees: number, zoom: number): void;
  /** Advances damping and flights; true while something moves. */
  update(now: number): boolean;
  dispose(): void;
}

const FLIGHT_MS = 320;

/** Makes a camera for an element. `onMove` is called for every move, with true when a person started it. */
export function createOrbit(element: HTMLElement, onMove: (byHand: boolean) => void): Orbit {
  const camera = new PerspectiveCamera(30, 1, 0.01, 100);
  const controls = new OrbitControls(camera, element);
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  controls.enableDamping = !isCalm;
  controls.dampingFactor = 0.12;
  controls.zoomToCursor = true;
  let flight: { from: CameraPlace; to: CameraPlace; start: number } | null = null;
  const centre = new Vector3();
  let radius = 1;
  let byHand = false;

  controls.addEventListener('change', () => onMove(byHand));
  controls.addEventListener('start', () => {
    flight = null;
    byHand = true;
  });

  function setClipping(): void {
    const distance = camera.position.distanceTo(centre);
    // The shadow's plane reaches about three radii from the middle.
    camera.near = Math.max(distance - radius * 3.2, radius * 0.01);
    camera.far = distance + radius * 6;
    camera.updateProjectionMatrix();
  }

  function place(): CameraPlace {
    const { position } = camera;
    const { target } = controls;
    return { position: [position.x, position.y, position.z], target: [target.x, target.y, target.z] };
  }

  function setPlace({ position, target }: CameraPlace): void {
    camera.position.set(...position);
    controls.target.set(...target);
    controls.update();
    setClipping();
  }

  function flyTo(to: CameraPlace): void {
    if (isCalm) setPlace(to);
    else flight = { from: place(), to, start: performance.now() };
    byHand = true;
    onMove(true);
  }

  return {
    camera,
    measure(points) {
      radius = sphereOf(points, centre);
      controls.minDistance = radius * 0.02;
      controls.maxDistance = radius * 40;
    },
    fit(points, direction, insets) {
      flight = null;
      byHand = false;
      const fitted = fitCamera(points, direction, camera.aspect, insets);
      setPlace({ position: fitted.camera.position.toArray(), target: fitted.target.toArray() });
    },
    setAspect(aspect) {
      if (camera.aspect === aspect) return;
      // A frame that gets narrower than high would cut the model's sides: step back as far as it narrows.
      const step = Math.min(1, camera.aspect) / Math.min(1, aspect);
      camera.position.sub(controls.target).multiplyScalar(step).add(controls.target);
      camera.aspect = aspect;
      setClipping();
    },
    place,
    setPlace(to) {
      flight = null;
      byHand = false;
      setPlace(to);
    },
    focus(point) {
      const away = camera.position.clone().sub(controls.target);
      const nearer = Math.max(away.length() * 0.5, radius * 0.05);
      flyTo({ target: point.toArray(), position: away.setLength(nearer).add(point).toArray() });
    },
    nudge(azimuthDegrees, elevationDegrees, zoom) {
      const away = camera.position.clone().sub(controls.target);
      const polar = Math.acos(MathUtils.clamp(away.y / away.length(), -1, 1));
      const turned = MathUtils.clamp(polar - MathUtils.degToRad(elevationDegrees), 0.02, Math.PI - 0.02);
      const azimuth = Math.atan2(away.x, away.z) + MathUtils.degToRad(azimuthDegrees);
      const length = MathUtils.clamp(away.length() * zoom, controls.minDistance, controls.maxDistance);
      flight = null;
      byHand = true;
      camera.position.setFromSphericalCoords(length, turned, azimuth).add(controls.target);
      controls.update();
      onMove(true);
    },
    update(now) {
      if (flight) {
        const { from, to, start } = flight;
        const t = MathUtils.smootherstep((now - start) / FLIGHT_MS, 0, 1);
        setPlace({ position: mix(from.position, to.position, t), target: mix(from.target, to.target, t) });
        if (t >= 1) flight = null;
        return true;
      }
      const moves = controls.update();
      setClipping();
      return moves;
    },
    dispose: () => controls.dispose(),
  };
}

type Triple = readonly [number, number, number];

function mix(a: Triple, b: Triple, t: number): Triple {
  return [MathUtils.lerp(a[0], b[0], t), MathUtils.lerp(a[1], b[1], t), MathUtils.lerp(a[2], b[2], t)];
}

/** Writes the middle of the points' box into `centre`; returns half its diagonal. */
function sphereOf(points: Float32Array, centre: Vector3): number {
  const low = new Vector3(Infinity, Infinity, Infinity);
  const high = low.clone().negate();
  const point = new Vector3();
  for (let i = 0; i + 2 < points.length; i += 3) {
    point.fromArray(points, i);
    if (!Number.isFinite(point.x + point.y + point.z)) continue;
    low.min(point);
    high.max(point);
  }
  if (low.x > high.x) {
    centre.set(0, 0, 0);
    return 1;
  }
  centre.addVectors(low, high).multiplyScalar(0.5);
  return low.distanceTo(high) / 2 || 1;
}
