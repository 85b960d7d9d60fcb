/**
 * The one scene. The interactive viewer, the headless renderer and the visual guard all draw through `draw`, so that
 * the picture that decides is the picture that people see.
 */
import {
  BufferAttribute,
  BufferGeometry,
  type Camera,
  Color,
  Mesh,
  NeutralToneMapping,
  PerspectiveCamera,
  Points,
  PointsMaterial,
  Scene,
  SRGBColorSpace,
  type Texture,
  WebGLRenderer,
} from 'three';
import { type Backdrop, type Background, createBackdrop } from './backdrop.ts';
import { noteDrawOrder, sortByPlace } from './draw-order.ts';
import { loadEnvironment } from './environment.ts';
import { createGroundShadow, type GroundShadow } from './ground-shadow.ts';
import { createModelLoader, type LoadedModel } from './load-model.ts';
import { drawablesOf } from './points.ts';
import type { StageFiles } from './stage-files.ts';

/** A canvas with everything that drawing needs. Draws only when told to. */
export interface Stage {
  readonly renderer: WebGLRenderer;
  readonly canvas: HTMLCanvasElement | OffscreenCanvas;
  /** The light of the room; swap it with `setEnvironment`. */
  environment: Texture;
  /** Loads a GLB. `siblings` holds the external files that its uris name; nothing else is ever fetched. */
  loadModel(
    bytes: Uint8Array<ArrayBuffer>,
    siblings?: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
  ): Promise<LoadedModel>;
  dispose(): void;
}

/** A part of the canvas in CSS pixels, from its upper left corner. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** How one model is drawn. */
export interface Shot {
  readonly camera: Camera;
  readonly background: Background;
  /** Multiplies the light before tone mapping; 1 as it is. */
  readonly exposure?: number;
  /** A contact shadow on the ground, unless the camera is below it. */
  readonly shadow?: boolean;
  /** Where the whole picture lies; the whole canvas when left out. */
  readonly viewport?: Rect;
  /** Only this part of it is drawn: for a slider, draw both models with one viewport and two scissors. */
  readonly scissor?: Rect;
}

/** Makes a stage on a canvas. `files` says where environment and decoders lie. */
export async function createStage(
  canvas: HTMLCanvasElement | OffscreenCanvas,
  files: StageFiles,
  options: { readonly pixelRatio?: number } = {},
): Promise<Stage> {
  const renderer = new WebGLRenderer({ canvas, antialias: true, alpha: false, powerPreference: 'high-performance' });
  renderer.setPixelRatio(options.pixelRatio ?? 1);
  renderer.outputColorSpace = SRGBColorSpace;
  // Neutral keeps base colours; ACES shifts them, AgX washes them out, none burns yellow.
  renderer.toneMapping = NeutralToneMapping;
  sortByPlace(renderer);
  const loader = createModelLoader(renderer, files);
  const environment = await loadEnvironment(files.environment);
  const stage: Stage = {
    renderer,
    canvas,
    environment,
    loadModel: (bytes, siblings) => loader.load(bytes, siblings ?? new Map()),
    dispose() {
      loader.dispose();
      stage.environment.dispose();
      renderer.dispose();
    },
  };
  return stage;
}

/** Puts all models of the stage into another light. The texture is a PMREM. */
export function setEnvironment(stage: Stage, environment: Texture): void {
  stage.environment = environment;
}

/** Sets the canvas' size in CSS pixels. Does nothing when it has that size. */
export function resizeStage(stage: Stage, width: number, height: number): void {
  const ratio = stage.renderer.getPixelRatio();
  if (stage.canvas.width === Math.floor(width * ratio) && stage.canvas.height === Math.floor(height * ratio)) return;
  stage.renderer.setSize(width, height, false);
}

/** What a model's scene wears besides the model. */
interface Props {
  readonly backdrop: Backdrop;
  readonly shadow: GroundShadow;
  stale: boolean;
}

const propsOf = new WeakMap<LoadedModel, Props>();

/** Draws one model, at once, into the canvas. */
export function draw(stage: Stage, model: LoadedModel, shot: Shot): void {
  const { renderer } = stage;
  const { scene } = model;
  const props = propsOf.get(model) ?? dress(model);
  const camera = shot.camera;
  scene.environment = stage.environment;
  if ('flat' in shot.background) {
    scene.background = new Color(shot.background.flat);
    props.backdrop.mesh.visible = false;
  } else {
    // Glass looks at the backdrop; a clear colour behind it keeps the frame opaque.
    scene.background = new Color(shot.background.outer);
    props.backdrop.set(shot.background.inner, shot.background.outer);
    props.backdrop.mesh.visible = true;
  }
  if (shot.shadow) {
    if (props.stale) props.shadow.update(renderer, scene, model.points());
    props.stale = false;
    props.shadow.showFor(camera);
  } else props.shadow.hide();

  const height = stage.canvas.height / renderer.getPixelRatio();
  const whole = { x: 0, y: 0, width: stage.canvas.width / renderer.getPixelRatio(), height };
  const viewport = shot.viewport ?? whole;
  const scissor = shot.scissor ?? viewport;
  renderer.setViewport(viewport.x, height - viewport.y - viewport.height, viewport.width, viewport.height);
  renderer.setScissor(scissor.x, height - scissor.y - scissor.height, scissor.width, scissor.height);
  renderer.setScissorTest(true);
  sizePoints(model, viewport.height);
  renderer.toneMappingExposure = shot.exposure ?? 1;
  renderer.render(scene, camera);
}

// glTF says that a point is one pixel, which no one sees in a supersampled picture: it is 1/320 of the height.
function sizePoints(model: LoadedModel, height: number): void {
  for (const object of drawablesOf(model.root)) {
    if (!(object instanceof Points)) continue;
    for (const material of [object.material].flat()) {
      if (material instanceof PointsMaterial) material.size = Math.max(1, height / 320);
    }
  }
}

/**
 * Gives the GPU, while a model's bytes are still on their way, what every picture needs: the light of the room (4 MB),
 * and the programs of backdrop and shadow. Kept until the stage ends, so that the programs stay.
 */
export function prepare(stage: Stage): void {
  const { renderer } = stage;
  renderer.initTexture(stage.environment);
  const scene = new Scene();
  const [backdrop, shadow] = [createBackdrop(), createGroundShadow()];
  const camera = new PerspectiveCamera();
  const part = new Mesh(new BufferGeometry().setAttribute('position', new BufferAttribute(new Float32Array(9), 3)));
  scene.add(backdrop.mesh, shadow.mesh, part);
  shadow.update(renderer, scene, new Float32Array(9));
  shadow.mesh.visible = true;
  backdrop.mesh.visible = true;
  renderer.setViewport(0, 0, 1, 1);
  renderer.render(scene, camera);
  const { dispose } = stage;
  stage.dispose = () => {
    shadow.dispose();
    dispose();
  };
}

/** Compiles shaders and uploads textures before the first frame, without blocking the page where the browser can. */
export async function warmUp(stage: Stage, model: LoadedModel, camera: PerspectiveCamera): Promise<void> {
  model.scene.environment = stage.environment;
  await stage.renderer.compileAsync(model.scene, camera);
}

function dress(model: LoadedModel): Props {
  const props: Props = { backdrop: createBackdrop(), shadow: createGroundShadow(), stale: true };
  noteDrawOrder(model.scene);
  model.scene.add(props.backdrop.mesh, props.shadow.mesh);
  model.onPose = () => {
    props.stale = true;
  };
  propsOf.set(model, props);
  return props;
}

/** Takes a model off the stage and frees its memory. */
export function discard(model: LoadedModel): void {
  const props = propsOf.get(model);
  if (props) {
    props.shadow.dispose();
    model.scene.remove(props.backdrop.mesh, props.shadow.mesh);
    propsOf.delete(model);
  }
  model.dispose();
}
