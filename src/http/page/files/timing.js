import { h } from './dom.js';

/** Stages that follow each other; the graph's part is taken out of the component's. */
const STAGES = /** @type {const} */ ([
  ['queue', 'waiting'],
  ['media', 'decoding the file'],
  ['guest', 'the component'],
  ['compute', 'the graph'],
  ['rest', 'the rest'],
]);

/**
 * The time of a request by stage, as its answer's `Server-Timing` tells it; undefined where it tells none.
 *
 * @param {Response} response
 * @param {number} wholeMs as the page measured it
 */
export function timing(response, wholeMs) {
  const header = response.headers.get('Server-Timing');
  if (header === null) return undefined;
  const told = Object.fromEntries(
    [...header.matchAll(/([\w-]+);dur=([\d.]+)/g)].map(([, name, value]) => [name, Number(value)]),
  );
  const { queue = 0, media = 0, guest = 0, compute = 0, total = 0 } = told;
  const inGuest = Math.max(0, guest - compute);
  const rest = Math.max(0, total - queue - media - inGuest - compute);
  /** @type {Record<string, number>} */
  const parts = { queue, media, guest: inGuest, compute, rest };
  const shown = STAGES.filter(([name]) => (parts[name] ?? 0) >= 0.05);
  const bar = h('div', { class: 'stages', 'aria-hidden': 'true' });
  for (const [name] of shown) {
    const piece = h('span', { class: `stage ${name}` });
    piece.style.flexGrow = String(parts[name]);
    bar.append(piece);
  }
  return h(
    'section',
    { class: 'timing', 'aria-label': 'Time by stage' },
    h('p', {}, h('strong', {}, ms(total)), ` in the service, ${ms(wholeMs)} as seen from here`),
    bar,
    h(
      'ul',
      { class: 'legend' },
      shown.map(([name, words]) =>
        h(
          'li',
          {},
          h('span', { class: `swatch ${name}` }),
          `${words} `,
          h('span', { class: 'dim' }, ms(parts[name] ?? 0)),
        ),
      ),
    ),
  );
}

/** @param {number} value milliseconds */
export function ms(value) {
  if (value >= 10_000) return `${(value / 1_000).toFixed(1)} s`;
  return value >= 100 ? `${Math.round(value)} ms` : `${value.toFixed(1)} ms`;
}
