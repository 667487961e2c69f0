import { h } from './dom.js';

/**
 * @param {{ name: string, datatype: string, shape: number[], data?: (number | string | boolean)[], base64?: string | string[] }} tensor
 *   in base64 where JSON has no words for an element, such as NaN
 */
export function tensorTable({ name, datatype, shape, base64 = '', data = [base64].flat().map(inBase64) }) {
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
export function shapeText(shape) {
  return `[${shape.map((size) => (size === -1 ? 'any' : size)).join(' × ')}]`;
}

/** @param {string} text */
function inBase64(text) {
  return `${text} (base64)`;
}
