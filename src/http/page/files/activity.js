/** Small plots of the service's activity in the last minutes. */
import { askJson } from './api.js';
import { fill, h, svg } from './dom.js';
import { readKey } from './key.js';
import { ms } from './timing.js';

/** Points of a plot, and how many it has room for from the first. */
const MOST = 60;
const FEWEST = 10;
/** A key has a rate, of which this must take little. */
const everyMs = () => (readKey() === '' ? 2_000 : 10_000);

/** @typedef {{ answered: number, failed: number, waiting: number, running: number, p50_ms?: number, p99_ms?: number, memory_bytes?: number }} Activity */

/** @type {{ at: number, activity: Activity }[]} */
const seen = [];

/** @param {HTMLElement} section @param {HTMLElement} plots */
export function watchActivity(section, plots) {
  const look = async () => {
    try {
      if (document.visibilityState === 'visible') {
        seen.push({ at: performance.now(), activity: await askJson('page/activity') });
        if (seen.length > MOST + 1) seen.shift();
        section.hidden = false;
        fill(plots, tiles());
      }
    } catch {
      // Whatever it is, who tries a model hears of it there.
    }
    setTimeout(look, everyMs());
  };
  void look();
}

function tiles() {
  const last = seen.at(-1)?.activity;
  if (last === undefined) return [];
  const rates = seen.slice(1).map(({ at, activity }, index) => {
    const before = seen[index];
    if (before === undefined) return 0;
    const done = activity.answered + activity.failed - before.activity.answered - before.activity.failed;
    return Math.max(0, done) / ((at - before.at) / 1_000);
  });
  const of = (/** @type {(activity: Activity) => number} */ value) =>
    seen.map(({ activity }) => value(activity));
  const { p50_ms: p50, p99_ms: p99, memory_bytes: memory } = last;
  return [
    tile(
      'Requests',
      `${rate(rates.at(-1) ?? 0)} / s`,
      `${last.answered.toLocaleString()} answered, ${last.failed.toLocaleString()} refused or failed`,
      [rates],
    ),
    tile('Queue', `${last.waiting} waiting`, `${last.running} running`, [
      of(({ waiting }) => waiting),
      of(({ running }) => running),
    ]),
    tile(
      'Latency',
      p50 === undefined ? 'none' : `p50 ${ms(p50)}`,
      p99 === undefined ? 'in the last minute' : `p99 ${ms(p99)}`,
      [of(({ p50_ms }) => p50_ms ?? 0), of(({ p99_ms }) => p99_ms ?? 0)],
    ),
    memory !== undefined &&
      tile('Memory', `${Math.round(memory / 1e6).toLocaleString()} MB`, 'of the whole service', [
        of(({ memory_bytes = 0 }) => memory_bytes),
      ]),
  ];
}

/** @param {number} value */
function rate(value) {
  return value >= 10 || value === 0 ? value.toFixed(0) : value.toFixed(1);
}

/** @param {string} title @param {string} value @param {string} more @param {readonly number[][]} lines */
function tile(title, value, more, lines) {
  return h(
    'div',
    { class: 'tile' },
    h('h3', {}, title),
    h('p', { class: 'value' }, value),
    h('p', { class: 'dim more' }, more),
    plot(lines),
  );
}

/** @param {readonly number[][]} lines */
function plot(lines) {
  const most = Math.max(...lines.flat(), 1e-9) * 1.15;
  const width = Math.max(FEWEST, ...lines.map(({ length }) => length - 1));
  return svg(
    'svg',
    { class: 'plot', viewBox: `0 0 ${width} 20`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    lines.map((values, index) => {
      const from = width - values.length + 1;
      const points = values.map((value, at) => `${from + at},${(20 - (value / most) * 19 - 0.5).toFixed(2)}`);
      return svg('polyline', {
        class: `line-${index}`,
        points: points.join(' '),
        'vector-effect': 'non-scaling-stroke',
      });
    }),
  );
}
