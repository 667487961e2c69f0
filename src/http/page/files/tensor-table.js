import { h } from './dom.js';
import { Exact } from './exact.js';

/** @typedef {number | Exact | string | boolean} Element */

/**
 * @param {{ name: string, datatype: string, shape: number[], data?: Element[], base64?: string | string[] }} tensor
 *   in base64 where JSON has no words for an element, such as NaN
 */
export function tensorTable({
  name,
  datatype,
  shape,
  base64 = '',
  data = [base64].flat().map((text) => `${text} (base64)`),
}) {
  const numbers = data.filter((value) => typeof value === 'number' || value instanceof Exact);
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

/** @param {readonly (number | Exact)[]} numbers */
function rangeOf(numbers) {
  /** @type {number | Exact} */
  let least = Infinity;
  /** @type {number | Exact} */
  let most = -Infinity;
  let sum = 0;
  for (const value of numbers) {
    if (Number(value) < Number(least)) least = value;
    if (Number(value) > Number(most)) most = value;
    sum += Number(value);
  }
  return `, from ${show(least)} to ${show(most)}, mean ${show(sum / numbers.length)}`;
}

/** @param {Element} value */
function show(value) {
  return typeof value === 'number' && !Number.isInteger(value) ? value.toPrecision(4) : String(value);
}

/** @param {readonly number[]} shape */
export function shapeText(shape) {
  return `[${shape.map((size) => (size === -1 ? 'any' : size)).join(' × ')}]`;
}
