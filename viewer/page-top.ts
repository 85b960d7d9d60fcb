/** The bar on top of the pages of our server: who we are, and the way to the other pages. */
import { byId, el, type IconName, icon } from './dom.ts';

const PAGES: readonly (readonly [href: string, name: string, icon: IconName])[] = [
  ['/', 'Dashboard', 'chart'],
  ['/upload', 'Upload', 'upload'],
];

/** Fills `#top`. */
export function showTop(title: string, about: string): void {
  const links = el('nav', { class: 'links', 'aria-label': 'Pages' });
  for (const [href, name, picture] of PAGES) {
    const isHere = location.pathname === href;
    links.append(el('a', { href, 'aria-current': isHere ? 'page' : null }, icon(picture), name));
  }
  byId('top').replaceChildren(
    el(
      'div',
      { class: 'top-title' },
      el('span', { class: 'mark' }, icon('cube')),
      el('div', {}, el('h1', {}, title), el('p', {}, about)),
    ),
    links,
  );
}
