import { send } from './api.js';
import { codeBox } from './code-box.js';
import { fill, h, newId } from './dom.js';
import { problem } from './problem.js';
import { Repeated } from './repeated.js';
import { timing } from './timing.js';

/** @typedef {import('./models.js').Port} Port @typedef {import('./models.js').Model} Model */

/** Up to so many values are shown one by one. */
const MOST_SHOWN = 64;

/**
 * A form of the inputs of a graph, filled with zeros, that can be sent as it is.
 *
 * @param {Model} model
 */
export function tensorForm({ name, inputs, outputs }) {
  const fields = inputs.map(tensorField);
  const answer = h('div', { class: 'pane answer', 'aria-live': 'polite' }, describePorts(outputs));
  const code = h('div');
  const sketch = () => ({
    path: `v2/models/${encodeURIComponent(name)}/infer`,
    body: { kind: /** @type {const} */ ('json'), json: { inputs: fields.map(({ read }) => read()) } },
  });
  const run = async () => {
    const started = performance.now();
    try {
      const asked = sketch();
      fill(code, codeBox(asked));
      fill(answer, h('p', { class: 'dim working' }, 'Computing…'));
      const response = await send(asked);
      const { outputs: given } = await response.json();
      fill(answer, given.map(tensorTable), timing(response, performance.now() - started));
    } catch (error) {
      fill(
        answer,
        problem(error, () => void run()),
      );
    }
  };
  const form = h(
    'form',
    { class: 'pane' },
    fields.map(({ view }) => view),
    h('div', { class: 'buttons' }, h('button', { class: 'main' }, 'Send')),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void run();
  });
  fill(code, codeBox(sketch()));
  return h('div', { class: 'try' }, h('div', { class: 'panes' }, form, answer), code);
}

/** @param {Port} port */
function tensorField({ name, datatype, shape }) {
  const id = newId('tensor');
  const sizes = shape.map((size, axis) =>
    h('input', {
      type: 'number',
      min: 1,
      max: 100_000,
      value: size === -1 ? 1 : size,
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
  let touched = false;
  const showSize = () => {
    const elements = count();
    const short = elements <= MOST_SHOWN;
    if (!touched) text.value = short ? JSON.stringify(Array(elements).fill(zero)) : '';
    text.placeholder = short ? '' : `${elements.toLocaleString()} zeros; a list in JSON takes their place`;
    fill(note, `${elements.toLocaleString()} ${elements === 1 ? 'value' : 'values'}, row by row`);
  };
  showSize();
  return {
    view: h(
      'fieldset',
      {},
      h('legend', {}, h('strong', {}, name), ' ', h('span', { class: 'dim' }, datatype)),
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

/** @param {string} name @param {string} text @returns {unknown} */
function parse(name, text) {
  try {
    const value = JSON.parse(text);
    if (Array.isArray(value)) return value;
  } catch {
    // Said below.
  }
  throw new Error(`The values of ${name} are no list in JSON, such as [0, 0.5, 1].`);
}

/** @param {readonly Port[]} ports */
function describePorts(ports) {
  return h(
    'div',
    { class: 'dim' },
    h('p', {}, 'The model will answer with'),
    h(
      'ul',
      {},
      ports.map(({ name, datatype, shape }) => h('li', {}, `${name}, ${datatype} ${shapeText(shape)}`)),
    ),
  );
}

/** @param {{ name: string, datatype: string, shape: number[], data: (number | string | boolean)[] }} tensor */
function tensorTable({ name, datatype, shape, data }) {
  const numbers = data.filter((value) => typeof value === 'number');
  const [first] = numbers;
  const facts = first === undefined ? '' : rangeOf(numbers);
  return h(
    'section',
    { class: 'tensor' },
    h('h3', {}, name, ' ', h('span', { class: 'dim' }, `${datatype} ${shapeText(shape)}${facts}`)),
    h(
      'pre',
      { tabindex: '0', 'aria-label': `Values of ${name}` },
      data.slice(0, 200).map(show).join('  '),
      data.length > 200 ? ' …' : '',
    ),
  );
}

/** @param {number[]} numbers */
function rangeOf(numbers) {
  let least = Infinity;
  let most = -Infinity;
  let sum = 0;
  for (const value of numbers) {
    least = Math.min(least, value);
    most = Math.max(most, value);
    sum += value;
  }
  return `, from ${show(least)} to ${show(most)}, mean ${show(sum / numbers.length)}`;
}

/** @param {number | string | boolean} value */
function show(value) {
  return typeof value === 'number' && !Number.isInteger(value) ? value.toPrecision(4) : String(value);
}

/** @param {readonly number[]} shape */
function shapeText(shape) {
  return `[${shape.map((size) => (size === -1 ? 'any' : size)).join(' × ')}]`;
}
