import { Refusal } from './api.js';
import { h } from './dom.js';

/** The meaning of a status in a few words. @type {Record<number, string>} */
const TITLES = {
  0: 'No answer',
  400: 'This cannot be used',
  401: 'A key is needed',
  403: 'Not allowed',
  404: 'Not here',
  408: 'Too slow',
  413: 'Too large',
  415: 'Not a format that is known here',
  422: 'This file cannot be read',
  429: 'Busy',
  500: 'The service failed',
  502: 'The model failed',
  503: 'Not ready',
  504: 'It took too long',
};

/**
 * A problem in words. One that passes by itself is counted down, and then tried again at a button.
 *
 * @param {unknown} error
 * @param {() => unknown} [retry]
 */
export function problem(error, retry) {
  const status = error instanceof Refusal ? error.status : undefined;
  const message = error instanceof Error ? error.message : String(error);
  const seconds = error instanceof Refusal ? error.retryAfter : undefined;
  const passes = seconds !== undefined || status === 0;
  return h(
    'div',
    { class: 'problem', role: 'alert' },
    h('strong', {}, (status !== undefined && TITLES[status]) || 'Something went wrong'),
    h('p', {}, message),
    retry !== undefined && passes && retryButton(retry, seconds ?? 0),
  );
}

/** @param {() => unknown} retry @param {number} seconds */
function retryButton(retry, seconds) {
  const button = h('button', { type: 'button', onclick: retry });
  let left = seconds;
  const show = () => {
    button.disabled = left > 0;
    button.textContent = left > 0 ? `Try again in ${left} s` : 'Try again';
    if (left <= 0) clearInterval(timer);
  };
  const timer = setInterval(() => {
    left -= 1;
    show();
  }, 1_000);
  show();
  return button;
}
