import { fill, h } from './dom.js';
import { openLive } from './realtime.js';
import { RATE, record } from './recorder.js';

/**
 * @typedef {object} RecordOptions
 * @property {string} model
 * @property {boolean} live whether the service hears sound that is still coming
 * @property {() => void} onBegin
 * @property {(items: import('./realtime.js').LiveText[]) => void} onText
 * @property {(file: File, heard: boolean) => void} onFile what was recorded, and whether it was heard meanwhile
 * @property {(error: unknown) => void} onProblem
 * @property {(words: string) => void} onHint
 */

/** Press and speak; press again and it is done. @param {RecordOptions} options */
export function recordButton({ model, live, onBegin, onText, onFile, onProblem, onHint }) {
  const label = h('span', {}, 'Record');
  const button = h(
    'button',
    { type: 'button', class: 'record', 'aria-pressed': 'false' },
    h('span', { class: 'lamp', 'aria-hidden': 'true' }),
    label,
  );
  const level = h('span', { class: 'level', 'aria-hidden': 'true' });
  const note = h(
    'p',
    { class: 'dim' },
    live ? 'Words come while you speak.' : 'This service has no live speech: the words come when you stop.',
  );
  /** @type {(() => Promise<void>) | undefined} */
  let stop;
  const begin = async () => {
    onBegin();
    let seconds = 0;
    /** @type {import('./realtime.js').Live | undefined} */
    let session;
    const recording = await record((piece, loudness) => {
      session?.add(piece);
      seconds += piece.length / RATE;
      level.style.setProperty('--level', `${Math.round(loudness * 100)}%`);
      fill(label, `Stop, ${seconds.toFixed(0)} s`);
    });
    if (live) session = openLive(model, { onText, onProblem });
    onHint(live ? 'Speak…' : 'Speak, then stop.');
    return async () => {
      const file = await recording.stop();
      onFile(file, (await session?.end()) === true);
    };
  };
  const show = (/** @type {boolean} */ isOn) => {
    button.setAttribute('aria-pressed', String(isOn));
    level.style.setProperty('--level', '0%');
    fill(label, isOn ? 'Stop' : 'Record');
  };
  const toggle = async () => {
    button.disabled = true;
    try {
      if (stop === undefined) {
        stop = await begin();
        show(true);
      } else {
        const end = stop;
        stop = undefined;
        show(false);
        await end();
      }
    } catch (error) {
      show(false);
      onProblem(error);
    }
    button.disabled = false;
  };
  button.addEventListener('click', () => void toggle());
  return h('div', { class: 'record-box' }, button, level, note);
}
