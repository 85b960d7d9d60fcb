/** The lines of code that a loader needs for the result, each with a button that copies it. */
import type { AssetReport } from '../src/report/report.ts';
import { el, icon } from './dom.ts';

/** One block for each extension. */
export function requirements({ requires }: AssetReport): readonly HTMLElement[] {
  return requires.map(({ extension, hint }) => {
    const copy = el('button', { type: 'button', class: 'copy' }, icon('copy'), 'Copy');
    copy.addEventListener('click', () => void copyText(hint, copy));
    return el(
      'div',
      { class: 'requirement' },
      el('p', {}, el('code', {}, extension), copy),
      el('pre', { tabindex: 0 }, el('code', {}, hint)),
    );
  });
}

async function copyText(text: string, button: HTMLButtonElement): Promise<void> {
  const isCopied = await navigator.clipboard.writeText(text).then(
    () => true,
    () => false,
  );
  button.replaceChildren(icon(isCopied ? 'check' : 'close'), isCopied ? 'Copied' : 'Not allowed');
  setTimeout(() => button.replaceChildren(icon('copy'), 'Copy'), 1600);
}
