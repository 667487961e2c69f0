/** Shows answers of models to people. */
import { h } from './dom.js';

/** Most labels that are shown as bars. */
const MAX_BARS = 10;

/** @typedef {{ label: string, score: number }} Label */

/** Labels as bars, best first. @param {Label[]} labels */
export function bars(labels) {
  return h(
    'ol',
    { class: 'bars', 'aria-label': 'Labels, best first' },
    labels.slice(0, MAX_BARS).map(({ label, score }) => {
      const bar = h('span', { class: 'bar', 'aria-hidden': 'true' });
      bar.style.setProperty('--part', `${Math.min(1, Math.max(0, score)) * 100}%`);
      return h(
        'li',
        {},
        h('span', { class: 'label' }, label),
        h('span', { class: 'score' }, percent(score)),
        bar,
      );
    }),
  );
}

/** @param {number} score */
export function percent(score) {
  return score >= 0 && score <= 1 ? `${(score * 100).toFixed(1)} %` : score.toPrecision(3);
}

/** What an answer will have, before there is one. @param {string} words @param {(string | (Node | string)[])[]} parts */
export function foretold(words, parts) {
  return h(
    'div',
    { class: 'dim' },
    h('p', {}, words),
    h(
      'ul',
      {},
      parts.map((part) => h('li', {}, part)),
    ),
  );
}

/** @param {unknown} value */
export function json(value) {
  return h(
    'pre',
    { class: 'json', tabindex: '0', 'aria-label': 'The answer as JSON' },
    JSON.stringify(value, null, 1),
  );
}
