/** How the models are shown: surface, light, background, exposure. */
import { el, iconButton } from './dom.ts';
import { BACKGROUNDS, LIGHTS, type Store, SURFACES, VIEW_DEFAULTS, type ViewState } from './state.ts';

const NAMES: Readonly<Record<string, string>> = {
  studio: 'Studio',
  outdoor: 'Outdoor',
  evening: 'Evening',
  auto: 'Automatic',
  light: 'Light',
  grey: 'Grey',
  dark: 'Dark',
  white: 'White',
  black: 'Black',
  material: 'Material',
  wireframe: 'Wires',
  normals: 'Normals',
  checker: 'UVs',
};

/** A button and the panel it opens. */
export function createSettings(store: Store): { readonly button: HTMLButtonElement; readonly panel: HTMLElement } {
  const button = iconButton('settings', 'Surface, light, background');
  const exposure = el('input', { type: 'range', min: -3, max: 3, step: 0.1, id: 'exposure' });
  const shown = el('output', { for: 'exposure' });
  const panel = el(
    'div',
    { class: 'settings', id: 'settings', hidden: true, role: 'group', 'aria-label': 'How the models are shown' },
    choice('Surface', 'surface', SURFACES, store),
    choice('Light', 'light', LIGHTS, store),
    choice('Background', 'background', BACKGROUNDS, store),
    el('label', { class: 'setting' }, el('span', {}, 'Exposure'), exposure, shown),
  );
  const show = ({ exposureStops }: ViewState) => {
    exposure.value = String(exposureStops);
    shown.value = `${exposureStops > 0 ? '+' : exposureStops < 0 ? '−' : '±'}${Math.abs(exposureStops).toFixed(1)}`;
  };
  show(store.get());
  store.subscribe(show);
  exposure.addEventListener('input', () => store.set({ exposureStops: Number(exposure.value) }));
  exposure.addEventListener('dblclick', () => store.set({ exposureStops: VIEW_DEFAULTS.exposureStops }));

  const open = (isOpen: boolean) => {
    panel.hidden = !isOpen;
    button.setAttribute('aria-expanded', String(isOpen));
  };
  button.setAttribute('aria-controls', 'settings');
  open(false);
  button.addEventListener('click', () => open(panel.hidden !== false));
  document.addEventListener('pointerdown', ({ target }) => {
    if (target instanceof Node && !panel.contains(target) && !button.contains(target)) open(false);
  });
  document.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape' || panel.hidden !== false) return;
    open(false);
    button.focus();
  });
  return { button, panel };
}

function choice<K extends 'light' | 'background' | 'surface'>(
  title: string,
  key: K,
  names: readonly ViewState[K][],
  store: Store,
): HTMLElement {
  const group = el('fieldset', { class: `choice choice-${key}` }, el('legend', {}, title));
  const inputs = names.map((name) => {
    const input = el('input', { type: 'radio', name: key, value: name });
    input.addEventListener('change', () => store.set(patchOf(key, name)));
    group.append(el('label', {}, input, el('span', { class: `swatch swatch-${name}` }), NAMES[name] ?? name));
    return input;
  });
  const show = (state: ViewState) => {
    for (const input of inputs) input.checked = state[key] === input.value;
  };
  show(store.get());
  store.subscribe(show);
  return group;
}

function patchOf(key: 'light' | 'background' | 'surface', name: string): Partial<ViewState> {
  if (key === 'light') return { light: LIGHTS.find((light) => light === name) ?? VIEW_DEFAULTS.light };
  if (key === 'surface') return { surface: SURFACES.find((surface) => surface === name) ?? VIEW_DEFAULTS.surface };
  return { background: BACKGROUNDS.find((background) => background === name) ?? VIEW_DEFAULTS.background };
}
