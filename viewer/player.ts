/** Animations and variants of what is on the stage: play, scrub, choose. Hidden when there is nothing to choose. */
import type { CompareView } from './compare-view.ts';
import { el, icon, iconButton } from './dom.ts';
import { clipNamed } from './stance.ts';
import type { Store } from './state.ts';

/** The bar. */
export interface Player {
  readonly element: HTMLElement;
  /** Offers what the models on the stage have. */
  offer(): void;
  showPlaying(isPlaying: boolean): void;
  /** Plays or stops; starts with the first clip when none is chosen. */
  toggle(): void;
}

const REST = 'Rest pose';
const USUAL = 'Default variant';

/** Makes the bar. The view is asked for when it is needed: it comes later than its bars. */
export function createPlayer(store: Store, viewOf: () => CompareView | null): Player {
  const playButton = iconButton('play', 'Play');
  const clips = el('select', { 'aria-label': 'Animation' });
  const scrub = el('input', { type: 'range', min: 0, max: 1000, value: 0, 'aria-label': 'Time' });
  const clock = el('output', { class: 'clock' });
  const variants = el('select', { 'aria-label': 'Variant' });
  const motion = el('div', { class: 'motion' }, playButton, clips, scrub, clock);
  const element = el('div', { class: 'player', hidden: true }, motion, variants);

  const duration = () => {
    const model = viewOf()?.reference() ?? null;
    return (model && clipNamed(model, store.get().clip)?.duration) ?? 0;
  };
  const show = () => {
    const { clip, timeS, variant } = store.get();
    const total = duration();
    clips.value = clip ?? '';
    variants.value = variant ?? '';
    scrub.disabled = total === 0;
    scrub.value = String(total === 0 ? 0 : (timeS / total) * 1000);
    clock.value = total === 0 ? '' : `${timeS.toFixed(1)} / ${total.toFixed(1)} s`;
    scrub.setAttribute('aria-valuetext', clock.value);
  };
  const toggle = () => {
    const view = viewOf();
    const first = view?.reference()?.clips[0];
    if (!view || !first) return;
    if (store.get().clip === null) store.set({ clip: first.name, timeS: 0 });
    view.play(playButton.dataset.playing !== 'true');
  };

  playButton.addEventListener('click', toggle);
  clips.addEventListener('change', () => store.set({ clip: clips.value || null, timeS: 0 }));
  variants.addEventListener('change', () => store.set({ variant: variants.value || null }));
  scrub.addEventListener('input', () => {
    viewOf()?.play(false);
    store.set({ timeS: (Number(scrub.value) / 1000) * duration() });
  });
  store.subscribe((now, was) => {
    if (now.clip !== was.clip || now.timeS !== was.timeS || now.variant !== was.variant) show();
  });

  return {
    element,
    toggle,
    offer() {
      const model = viewOf()?.reference() ?? null;
      const names = [...new Set((model?.clips ?? []).map(({ name }) => name))];
      fill(clips, REST, names);
      fill(variants, USUAL, model?.variants ?? []);
      motion.hidden = names.length === 0;
      variants.hidden = (model?.variants.length ?? 0) === 0;
      element.hidden = motion.hidden && variants.hidden;
      show();
    },
    showPlaying(isPlaying) {
      playButton.dataset.playing = String(isPlaying);
      playButton.replaceChildren(icon(isPlaying ? 'pause' : 'play'));
      for (const name of ['aria-label', 'title']) playButton.setAttribute(name, isPlaying ? 'Pause' : 'Play');
    },
  };
}

function fill(select: HTMLSelectElement, none: string, names: readonly string[]): void {
  const options = names.map((name) => el('option', { value: name }, name === '' ? '(no name)' : name));
  select.replaceChildren(el('option', { value: '' }, none), ...options);
}
