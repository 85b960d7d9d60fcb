/** The findings of an asset. */
import type { AssetReport } from '../src/report/report.ts';
import { el } from './dom.ts';

/** The list; foreign names in it stay text. */
export function findingList({ findings }: AssetReport): HTMLElement {
  const list = el('ul', { class: 'findings' });
  for (const { code, severity, pointer, message } of findings) {
    const where = el('p', { class: 'quiet small' }, el('code', {}, code), pointer === '' ? null : ` at ${pointer}`);
    const what = el('p', {}, el('span', { class: 'severity' }, severity), ` ${message}`);
    list.append(el('li', { class: `finding finding-${severity}` }, what, where));
  }
  return list;
}
