/** The bar under the canvas: how to compare, the original at a press, and what else acts on the view. */
import { el, type IconName, icon } from './dom.ts';
import { MODES, type Mode, PAIRS, type PairName, type Store } from './state.ts';

const NAMES: Readonly<Record<Mode, { readonly name: string; readonly icon: IconName; readonly hint: string }>> = {
  slider: { name: 'Slider', icon: 'slider', hint: 'Drag the line between before and after (1)' },
  side: { name: 'Side by side', icon: 'side', hint: 'Both, from one camera (2)' },
  flicker: { name: 'Flicker', icon: 'flicker', hint: 'The result; hold B for the original (3)' },
  difference: { name: 'Difference', icon: 'difference', hint: 'Where they differ, as heat (4)' },
};

/** The choice of the mode. */
export function createModeBar(store: Store): { readonly element: HTMLElement; enable(hasBoth: boolean): void } {
  const element = el('div', { class: 'modes', role: 'radiogroup', 'aria-label': 'How to compare' });
  const buttons = MODES.map((mode) => {
    const { name, icon: picture, hint } = NAMES[mode];
    const button = el(
      'button',
      { type: 'button', role: 'radio', title: hint, 'data-mode': mode },
      icon(picture),
      el('span', { class: 'mode-word' }, name),
    );
    button.addEventListener('click', () => store.set({ mode }));
    button.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      const next = buttons[(MODES.indexOf(mode) + step + MODES.length) % MODES.length];
      next?.click();
      next?.focus();
    });
    element.append(button);
    return button;
  });
  const show = () => {
    for (const button of buttons) {
      const isChosen = button.dataset.mode === store.get().mode;
      button.setAttribute('aria-checked', String(isChosen));
      button.tabIndex = isChosen ? 0 : -1;
    }
  };
  show();
  store.subscribe(show);
  return {
    element,
    enable(hasBoth) {
      for (const button of buttons) button.disabled = !hasBoth;
    },
  };
}

const PAIR_NAMES: Readonly<Record<PairName, string>> = {
  optimized: 'Head → optimized',
  changed: 'Base → head',
  both: 'Base → optimized',
};

/** Which two of three are compared; shown only where there is a base. */
export function createPairChoice(store: Store): HTMLSelectElement {
  const select = el('select', { class: 'pair', 'aria-label': 'Which two to compare', hidden: true });
  for (const pair of PAIRS) select.append(el('option', { value: pair }, PAIR_NAMES[pair]));
  const show = () => {
    select.value = store.get().pair;
  };
  show();
  store.subscribe(show);
  select.addEventListener('change', () =>
    store.set({ pair: PAIRS.find((pair) => pair === select.value) ?? 'optimized' }),
  );
  return select;
}

/** A button that shows the original as long as it is pressed, by pointer or by key. */
export function createHoldButton(hold: (isHeld: boolean) => void): HTMLButtonElement {
  const button = el(
    'button',
    { type: 'button', class: 'hold', title: 'Hold to see the original (B)' },
    icon('eye'),
    el('span', { class: 'hold-word' }, 'Hold for original'),
  );
  button.addEventListener('pointerdown', (event) => {
    button.setPointerCapture(event.pointerId);
    hold(true);
  });
  for (const end of ['pointerup', 'pointercancel', 'lostpointercapture', 'blur', 'keyup'] as const) {
    button.addEventListener(end, () => hold(false));
  }
  button.addEventListener('keydown', ({ key }) => {
    if (key === ' ' || key === 'Enter') hold(true);
  });
  button.addEventListener('contextmenu', (event) => event.preventDefault());
  return button;
}
