import { fill, h, newId } from './dom.js';
import { keepKey, readKey } from './key.js';

/**
 * Asks for the key. It is kept for this tab alone.
 *
 * @param {() => void} onChange
 */
export function askForKey(onChange) {
  const id = newId('key');
  const field = h('input', {
    id,
    type: 'password',
    autocomplete: 'off',
    spellcheck: 'false',
    value: readKey(),
  });
  const show = h('input', {
    type: 'checkbox',
    onchange: () => (field.type = show.checked ? 'text' : 'password'),
  });
  /** @param {string} key */
  const done = (key) => {
    keepKey(key.trim());
    dialog.close();
    onChange();
  };
  const form = h(
    'form',
    { method: 'dialog' },
    h('h2', {}, 'Your key'),
    h(
      'p',
      {},
      'It is sent to this service with each request, kept for this tab, and forgotten when you close it.',
    ),
    h('label', { for: id }, 'Key'),
    field,
    h('label', { class: 'check' }, show, ' Show it'),
    h(
      'div',
      { class: 'buttons' },
      h('button', { class: 'main' }, 'Use it'),
      readKey() !== '' && h('button', { type: 'button', onclick: () => done('') }, 'Forget it'),
      h('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel'),
    ),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    done(field.value);
  });
  const dialog = h('dialog', { 'aria-label': 'Your key' }, form);
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** @param {HTMLElement} button */
export function markKey(button) {
  fill(button, readKey() === '' ? 'Key' : 'Key in use');
}
