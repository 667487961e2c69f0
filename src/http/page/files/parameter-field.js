import { h, newId } from './dom.js';

/** @import { Parameter } from './describe.js' */

/**
 * A setting of a request. What is left as it is is left out of the request.
 *
 * @param {Parameter} parameter
 * @param {() => void} onChange
 */
export function parameterField(parameter, onChange) {
  const { name, description, kind, default: usual } = parameter;
  const id = newId('parameter');
  const field = control(parameter, id);
  field.addEventListener('change', onChange);
  const view = h(
    'div',
    { class: 'field' },
    h('label', { for: id }, name),
    field,
    h('p', { class: 'dim' }, description),
  );
  const read = () => {
    const value = valueOf(field, kind);
    return value === '' || value === (usual ?? '') ? undefined : value;
  };
  return { name, view, read };
}

/** @param {Parameter} parameter @param {string} id */
function control({ kind, default: usual, choices, minimum, maximum }, id) {
  const options = kind === 'boolean' ? ['false', 'true'] : choices;
  if (options !== undefined && options.length > 0) {
    const all = usual === undefined ? ['', ...options] : options;
    const select = h(
      'select',
      { id },
      all.map((option) => h('option', {}, option)),
    );
    select.value = usual === undefined ? '' : String(usual);
    return select;
  }
  const isNumber = kind === 'integer' || kind === 'number';
  return h('input', {
    id,
    type: isNumber ? 'number' : 'text',
    value: usual,
    ...(isNumber && { min: minimum, max: maximum, step: kind === 'integer' ? 1 : 'any' }),
  });
}

/** @param {HTMLInputElement | HTMLSelectElement} field @param {Parameter['kind']} kind */
function valueOf({ value }, kind) {
  if (value === '') return '';
  if (kind === 'boolean') return value === 'true';
  return kind === 'text' ? value : Number(value);
}
