/** Where a picture lies in its frame, in CSS pixels; arithmetic only. */

/** The upper left corner of the picture in its frame, and CSS pixels for each of its own. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}
/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

const LEAST_ZOOM = 0.02;
const MOST_ZOOM = 64;
// So much of the picture always stays in sight.
const EDGE_PX = 40;

/** The zoom at which all of a picture is seen. */
export function fitZoom(picture: Size, frame: Size): number {
  return Math.min(frame.width / picture.width, frame.height / picture.height) || 1;
}

/** Zooms by a factor; what lies at `at` stays there. */
export function zoomAt(place: Place, factor: number, at: { readonly x: number; readonly y: number }): Place {
  const zoom = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, place.zoom * factor));
  const ratio = zoom / place.zoom;
  return { zoom, x: at.x - (at.x - place.x) * ratio, y: at.y - (at.y - place.y) * ratio };
}

/** Moves, but never out of sight. */
export function moveBy(place: Place, dx: number, dy: number, picture: Size, frame: Size): Place {
  const clamp = (value: number, length: number, room: number) =>
    Math.min(room - EDGE_PX, Math.max(EDGE_PX - length, value));
  return {
    zoom: place.zoom,
    x: clamp(place.x + dx, picture.width * place.zoom, frame.width),
    y: clamp(place.y + dy, picture.height * place.zoom, frame.height),
  };
}
