/** The bar on top of the pages of our server: who we are, the way to the other pages, and who is signed in. */
import type { WebSession } from '../src/report/service.ts';
import { byId, el, type IconName, icon } from './dom.ts';
import { ask, ownHeaders } from './web/ask.ts';

const PAGES: readonly (readonly [href: string, name: string, icon: IconName])[] = [
  ['/', 'Dashboard', 'chart'],
  ['/upload', 'Upload', 'upload'],
];

/** Fills `#top`. */
export function showTop(title: string, about: string): void {
  const links = el('nav', { class: 'links', 'aria-label': 'Pages' });
  for (const [href, name, picture] of PAGES) {
    const isHere = location.pathname === href;
    links.append(el('a', { href, 'aria-current': isHere ? 'page' : null }, icon(picture), el('span', {}, name)));
  }
  // What comes late must not push what is there: the links wait for it, in a place that is kept.
  const way = el('div', { class: 'top-way' });
  byId('top').replaceChildren(
    el(
      'div',
      { class: 'top-title' },
      el('span', { class: 'mark' }, icon('cube')),
      el('div', {}, el('h1', {}, title), el('p', {}, about)),
    ),
    way,
  );
  ask<WebSession>('/auth/session').then(
    (session) => way.append(links, ...sessionOf(session)),
    () => way.append(links),
  );
}

function sessionOf({ kind, name, canSignOut }: WebSession): readonly HTMLElement[] {
  if (kind === 'stranger') {
    const to = encodeURIComponent(location.pathname);
    return [el('a', { class: 'button button-main', href: `/auth?to=${to}` }, 'Sign in')];
  }
  if (!canSignOut) return [];
  const leave = el('button', { type: 'button', class: 'button' }, 'Sign out');
  leave.addEventListener('click', async () => {
    leave.disabled = true;
    await fetch('/auth/logout', { method: 'POST', headers: ownHeaders(), redirect: 'manual' }).catch(() => null);
    location.assign('/auth');
  });
  const who = name === null ? 'Operator' : `@${name}`;
  return [el('div', { class: 'session' }, el('span', { class: 'session-name', title: who }, who), leave)];
}
