import { KEY_PLACE, LANGUAGES } from './code-lines.js';
import { fill, h, newId } from './dom.js';

/** @import { Sketch } from './api.js' */

/** The language that was looked at last, for the next request too. */
let chosen = 'curl';

/** The same request from elsewhere, a language a tab. @param {Sketch} sketch */
export function codeBox(sketch) {
  const names = Object.keys(LANGUAGES);
  const panelId = newId('code');
  const panel = h('pre', { id: panelId, role: 'tabpanel', tabindex: '0' });
  const copied = h('span', { class: 'dim', role: 'status' });
  const tabs = names.map((name) =>
    h('button', { type: 'button', role: 'tab', 'aria-controls': panelId, onclick: () => show(name) }, name),
  );
  /** @param {string} name */
  const show = (name) => {
    chosen = name;
    const text = LANGUAGES[name]?.(sketch) ?? '';
    for (const tab of tabs) {
      const isIt = tab.textContent === name;
      tab.setAttribute('aria-selected', String(isIt));
      tab.tabIndex = isIt ? 0 : -1;
    }
    panel.setAttribute('aria-label', `The same request in ${name}`);
    fill(panel, h('code', {}, marked(text)));
    fill(copied);
  };
  const list = h('div', { role: 'tablist', 'aria-label': 'Language' }, tabs);
  list.addEventListener('keydown', ({ key }) => {
    const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    const next = tabs[(names.indexOf(chosen) + step + names.length) % names.length];
    show(next?.textContent ?? chosen);
    next?.focus();
  });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(panel.textContent ?? '');
      fill(copied, 'Copied');
    } catch {
      getSelection()?.selectAllChildren(panel);
      fill(copied, 'Selected: copy it with your keyboard');
    }
  };
  show(chosen);
  return h(
    'section',
    { class: 'code', 'aria-label': 'The same request from elsewhere' },
    h(
      'div',
      { class: 'code-head' },
      h('h3', {}, 'The same request'),
      list,
      copied,
      h('button', { type: 'button', class: 'quiet', onclick: copy }, 'Copy'),
    ),
    panel,
  );
}

/** The key's place stands out. @param {string} text */
function marked(text) {
  return text
    .split(KEY_PLACE)
    .flatMap((part, index) => (index === 0 ? [part] : [h('mark', {}, KEY_PLACE), part]));
}
