/** Tabs as the ARIA pattern has them: arrow keys move, only the chosen one is in the order of Tab. */
import { el } from './dom.ts';

/** One tab. */
export interface Tab {
  readonly id: string;
  readonly title: string;
  readonly panel: HTMLElement;
}

/** A list of tabs above their panels. */
export interface Tabs {
  readonly element: HTMLElement;
  choose(id: string): void;
  rename(id: string, title: string): void;
  hide(id: string, isHidden: boolean): void;
}

/** Makes tabs; the first is chosen. `onChoose` hears of choices by hand. */
export function createTabs(label: string, tabs: readonly Tab[], onChoose: (id: string) => void): Tabs {
  const list = el('div', { class: 'tabs', role: 'tablist', 'aria-label': label });
  const buttons = tabs.map(({ id, title, panel }) => {
    const button = el(
      'button',
      { type: 'button', role: 'tab', id: `tab-${id}`, 'aria-controls': `panel-${id}` },
      title,
    );
    panel.id = `panel-${id}`;
    panel.setAttribute('role', 'tabpanel');
    panel.setAttribute('aria-labelledby', button.id);
    button.addEventListener('click', () => {
      choose(id);
      onChoose(id);
    });
    button.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      const shown = buttons.filter(({ hidden }) => hidden === false);
      const next = shown[(shown.indexOf(button) + step + shown.length) % shown.length];
      next?.click();
      next?.focus();
    });
    list.append(button);
    return button;
  });
  function choose(id: string): void {
    for (const [index, tab] of tabs.entries()) {
      const isChosen = tab.id === id;
      tab.panel.hidden = !isChosen;
      buttons[index]?.setAttribute('aria-selected', String(isChosen));
      if (buttons[index]) buttons[index].tabIndex = isChosen ? 0 : -1;
    }
  }
  const buttonOf = (id: string) => buttons[tabs.findIndex((tab) => tab.id === id)];
  if (tabs[0]) choose(tabs[0].id);
  return {
    element: el('div', { class: 'tabbed' }, list, ...tabs.map(({ panel }) => panel)),
    choose,
    rename(id, title) {
      const button = buttonOf(id);
      if (button) button.textContent = title;
    },
    hide(id, isHidden) {
      const button = buttonOf(id);
      if (button) button.hidden = isHidden;
    },
  };
}
