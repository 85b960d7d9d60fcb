/** Choosing files: dropped, picked or pasted; with the wishes beside them. */
import { HEAD_BYTES, whyNotGlb } from '../../src/asset/what-file.ts';
import { formatBytes } from '../../src/units.ts';
import { el, icon, iconButton } from '../dom.ts';
import type { Sending } from './send.ts';

const PRESETS = [
  ['balanced', 'Balanced: small, and looks the same'],
  ['lossless', 'Lossless: every pixel stays'],
  ['small', 'Small: a little may show'],
  ['vram', 'GPU memory: compressed textures'],
] as const;
const TARGETS = [
  ['auto', 'three.js (usual)'],
  ['universal', 'Any loader, no decoder'],
  ['r3f', 'react-three-fiber'],
  ['babylon', 'Babylon.js'],
  ['model-viewer', 'model-viewer'],
  ['playcanvas', 'PlayCanvas'],
  ['unity', 'Unity'],
  ['godot', 'Godot'],
  ['bevy', 'Bevy'],
  ['blender', 'Blender'],
] as const;

/** The form. `onSend` is called with at least one file that is a GLB. */
export function chooseForm(onSend: (sending: Sending) => void): HTMLElement {
  const input = el('input', { type: 'file', id: 'files', multiple: true, accept: '.glb,model/gltf-binary' });
  const zone = el(
    'label',
    { class: 'drop', for: 'files' },
    icon('upload'),
    el('strong', {}, 'Drop GLB files here'),
    el('span', { class: 'quiet' }, 'or choose them. They are optimized here, and forgotten after a while.'),
  );
  const list = el('ul', { class: 'chosen', 'aria-live': 'polite' });
  const preset = selectOf('preset', PRESETS);
  const target = selectOf('target', TARGETS);
  const send = el('button', { type: 'submit', class: 'button button-main', disabled: true }, 'Optimize');
  const form = el(
    'form',
    { class: 'card choose' },
    el('div', { class: 'drop-wrap' }, input, zone),
    list,
    el(
      'div',
      { class: 'wishes' },
      el('label', { class: 'field' }, 'How small', preset),
      el('label', { class: 'field' }, 'Who loads it', target),
      send,
    ),
  );
  let chosen: { readonly file: File; readonly why: string | null }[] = [];

  const show = () => {
    const good = chosen.filter(({ why }) => why === null);
    send.disabled = good.length === 0;
    send.textContent = good.length > 1 ? `Optimize ${good.length} files` : 'Optimize';
    list.replaceChildren(
      ...chosen.map((entry) => {
        const remove = iconButton('close', `Take out ${entry.file.name}`);
        remove.addEventListener('click', () => {
          chosen = chosen.filter((other) => other !== entry);
          show();
        });
        const size = el('span', { class: 'quiet' }, formatBytes(entry.file.size));
        const why = entry.why === null ? null : el('span', { class: 'tone-bad chosen-why' }, entry.why);
        return el(
          'li',
          { class: 'chosen-file' },
          icon(entry.why === null ? 'cube' : 'warning'),
          el('span', { class: 'chosen-name' }, entry.file.name),
          size,
          remove,
          why,
        );
      }),
    );
  };
  const take = async (files: Iterable<File>) => {
    for (const file of files) {
      const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
      chosen.push({ file, why: whyNotGlb(head, file.size) });
    }
    show();
  };
  input.addEventListener('change', () => {
    void take([...(input.files ?? [])]);
    // The same file may be chosen again.
    input.value = '';
  });
  // Anywhere on the page: a file that misses the zone would replace the page.
  for (const type of ['dragover', 'dragleave', 'drop'] as const) {
    document.addEventListener(type, (event) => {
      event.preventDefault();
      form.classList.toggle('is-over', type === 'dragover');
      if (type === 'drop' && form.isConnected) void take([...(event.dataTransfer?.files ?? [])]);
    });
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const files = chosen.flatMap(({ file, why }) => (why === null ? [file] : []));
    if (files.length > 0) onSend({ files, preset: preset.value, target: target.value });
  });
  return form;
}

function selectOf(name: string, options: readonly (readonly [string, string])[]): HTMLSelectElement {
  return el('select', { name }, ...options.map(([value, text]) => el('option', { value }, text)));
}
