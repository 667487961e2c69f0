/** Boxes and lines that a model found in a picture: read from its answer, and drawn over the picture. */
import { percent } from './answers.js';
import { h, svg } from './dom.js';

/**
 * @typedef {object} Mark
 * @property {[x: number, y: number][]} corners in pixels of the picture
 * @property {string} text a label, or the words of a line
 * @property {number} [score]
 * @property {boolean} isLine whether it is a line of text
 */

/**
 * Every object in an answer that has a place in the picture: `box` as Hugging Face has it, or four numbers, or the
 * corners of a `polygon`.
 *
 * @param {unknown} answer
 * @returns {Mark[]}
 */
export function marksIn(answer) {
  if (Array.isArray(answer)) return answer.flatMap(marksIn);
  if (typeof answer !== 'object' || answer === null) return [];
  const found = /** @type {Record<string, unknown>} */ (answer);
  const corners = cornersOf(found['polygon'] ?? found['box']);
  if (corners === undefined) return Object.values(found).flatMap(marksIn);
  const { score } = found;
  const text = `${/** @type {string} */ (found['text'] ?? found['label'] ?? '')}`;
  return [
    { corners, text, isLine: typeof found['text'] === 'string', ...(typeof score === 'number' && { score }) },
  ];
}

/** @param {unknown} place @returns {[number, number][] | undefined} */
function cornersOf(place) {
  if (
    Array.isArray(place) &&
    place.length >= 3 &&
    place.every((one) => Array.isArray(one) || typeof one === 'object')
  ) {
    return place.map((one) =>
      Array.isArray(one) ? [Number(one[0]), Number(one[1])] : [Number(one.x), Number(one.y)],
    );
  }
  const [left, top, right, bottom] = Array.isArray(place) ? place.map(Number) : sidesOf(place);
  if (left === undefined || top === undefined || right === undefined || bottom === undefined)
    return undefined;
  return [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
}

/** @param {any} box @returns {(number | undefined)[]} */
function sidesOf(box) {
  if (typeof box?.xmin === 'number') return [box.xmin, box.ymin, box.xmax, box.ymax];
  if (typeof box?.width !== 'number') return [];
  const { x = box.left, y = box.top, width, height } = box;
  return [x, y, x + width, y + height];
}

/**
 * @param {readonly Mark[]} marks
 * @param {number} width of the picture, in its own pixels
 * @param {number} height
 */
export function drawMarks(marks, width, height) {
  const size = Math.max(width, height) / 42;
  return svg(
    'svg',
    { class: 'marks', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': wordsOf(marks) },
    marks.map(({ corners, text, score, isLine }, index) => {
      const left = Math.min(...corners.map(([x]) => x));
      const top = Math.min(...corners.map(([, y]) => y));
      const label = score === undefined || isLine ? text : `${text} ${percent(score)}`;
      const y = top > size * 1.5 ? top - size * 0.4 : top + size * 1.1;
      return svg(
        'g',
        { class: `mark hue-${index % 4}` },
        svg('polygon', {
          points: corners.map((corner) => corner.join(',')).join(' '),
          'vector-effect': 'non-scaling-stroke',
        }),
        svg('text', { x: Math.max(0, left) + size * 0.2, y, 'font-size': size }, label),
      );
    }),
  );
}

/** @param {readonly Mark[]} marks */
function wordsOf(marks) {
  return `Found in the picture: ${marks.map(({ text }) => text).join(', ') || 'nothing'}`;
}

/** The same in words. @param {readonly Mark[]} marks */
export function marksList(marks) {
  return h(
    'ol',
    { class: 'found' },
    marks.map(({ text, score }, index) =>
      h(
        'li',
        {},
        h('span', { class: `swatch hue-${index % 4}` }),
        h('span', {}, text),
        score !== undefined && h('span', { class: 'score dim' }, percent(score)),
      ),
    ),
  );
}
