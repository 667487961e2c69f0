import { fill, h, newId } from './dom.js';
import { parseExact } from './exact.js';
import { Repeated } from './repeated.js';

/** Up to so many values are shown one by one. */
const MAX_SHOWN = 64;

/**
 * A field for a tensor, filled with the sample's elements or with zeros; empty where it may be left out.
 *
 * @param {import('./models.js').Port} port
 * @param {{ hint?: string, start?: unknown, isOptional?: boolean }} [options] what the model says of it, and what its
 *   sample gives it
 */
export function tensorField({ name, datatype, shape }, { hint = '', start, isOptional = false } = {}) {
  const id = newId('tensor');
  const given = elementsOf(start);
  const givenShape = given === undefined ? [] : shapeOf(given);
  const sizes = shape.map((size, axis) =>
    h('input', {
      type: 'number',
      min: 1,
      max: 100_000,
      value: size === -1 ? (givenShape[axis] ?? 1) : size,
      disabled: size !== -1,
      'aria-label': `Size ${axis + 1} of ${name}`,
      oninput: () => showSize(),
    }),
  );
  const count = () =>
    sizes.reduce((product, { value }) => product * Math.max(0, Math.trunc(Number(value))), 1);
  const zero = datatype === 'BYTES' ? '' : datatype === 'BOOL' ? false : 0;
  const text = h('textarea', { id, rows: 3, spellcheck: 'false', oninput: () => (touched = true) });
  const note = h('p', { class: 'dim' });
  let touched = given !== undefined;
  if (given !== undefined) text.value = JSON.stringify(given);
  const showSize = () => {
    const elements = count();
    const short = elements <= MAX_SHOWN;
    if (!touched && !isOptional) text.value = short ? JSON.stringify(Array(elements).fill(zero)) : '';
    text.placeholder =
      short || isOptional ? '' : `${elements.toLocaleString()} zeros; a list in JSON takes their place`;
    fill(note, `${elements.toLocaleString()} ${elements === 1 ? 'value' : 'values'}, row by row`);
  };
  showSize();
  return {
    isTouched: () => touched,
    view: h(
      'fieldset',
      {},
      h('legend', {}, h('strong', {}, name), ' ', h('span', { class: 'dim' }, `${datatype} ${hint}`.trim())),
      sizes.length > 0 &&
        h(
          'p',
          { class: 'shape', role: 'group', 'aria-label': `Shape of ${name}` },
          sizes.flatMap((size, axis) => (axis === 0 ? [size] : [' × ', size])),
        ),
      h('label', { for: id }, 'Values'),
      text,
      note,
    ),
    read: () => {
      const data = text.value.trim() === '' ? new Repeated(zero, count()) : parse(name, text.value);
      return { name, datatype, shape: sizes.map(({ value }) => Number(value)), data };
    },
  };
}

/** The elements of a tensor in a sample, which has them alone or beside a shape. @param {unknown} start @returns {unknown[] | undefined} */
function elementsOf(start) {
  if (Array.isArray(start)) return start;
  const data = typeof start === 'object' && start !== null && 'data' in start ? start.data : undefined;
  return Array.isArray(data) ? data : undefined;
}

/** @param {unknown} list @returns {number[]} */
function shapeOf(list) {
  return Array.isArray(list) ? [list.length, ...shapeOf(list[0])] : [];
}

/** @param {string} name @param {string} text @returns {unknown} */
function parse(name, text) {
  try {
    const value = parseExact(text);
    if (Array.isArray(value)) return value;
  } catch {
    // Said below.
  }
  throw new Error(`The values of ${name} are no list in JSON, such as [0, 0.5, 1].`);
}
