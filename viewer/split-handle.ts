/** The handle between before and after: dragged, or moved by keys as a slider. */
import { el, icon } from './dom.ts';
import type { Store } from './state.ts';

const STEP = 0.02;
const BIG_STEP = 0.1;
const KEYS: Readonly<Record<string, number>> = {
  ArrowLeft: -STEP,
  ArrowDown: -STEP,
  ArrowRight: STEP,
  ArrowUp: STEP,
  PageDown: -BIG_STEP,
  PageUp: BIG_STEP,
  Home: -1,
  End: 1,
};

/** Makes the handle; it lies over `frame`, whose width it divides. */
export function createSplitHandle(frame: HTMLElement, store: Store): HTMLElement {
  const knob = el('span', { class: 'split-knob' }, icon('slider'));
  const handle = el(
    'div',
    {
      class: 'split',
      role: 'slider',
      tabindex: 0,
      'aria-label': 'How much of the original is shown',
      'aria-orientation': 'horizontal',
      'aria-valuemin': 0,
      'aria-valuemax': 100,
    },
    knob,
  );
  const show = () => {
    const percent = Math.round(store.get().split * 100);
    handle.style.left = `${store.get().split * 100}%`;
    handle.setAttribute('aria-valuenow', String(percent));
    handle.setAttribute('aria-valuetext', `before ${percent} %, after ${100 - percent} %`);
  };
  show();
  store.subscribe((now, was) => {
    if (now.split !== was.split) show();
  });
  const move = (split: number) => store.set({ split: Math.min(1, Math.max(0, split)) });

  handle.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    handle.setPointerCapture(event.pointerId);
    handle.focus({ preventScroll: true });
    event.preventDefault();
  });
  handle.addEventListener('pointermove', (event) => {
    if (!handle.hasPointerCapture(event.pointerId)) return;
    const box = frame.getBoundingClientRect();
    move((event.clientX - box.left) / box.width);
  });
  handle.addEventListener('dblclick', () => move(0.5));
  handle.addEventListener('keydown', (event) => {
    const step = KEYS[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    move(store.get().split + step * (event.shiftKey ? 5 : 1));
  });
  return handle;
}
