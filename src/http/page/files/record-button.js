import { fill, h } from './dom.js';
import { RATE, record } from './recorder.js';

/** @import { Live } from './realtime.js' */
/**
 * @typedef {object} RecordOptions
 * @property {string} note shown to the visitor beneath the button
 * @property {() => Live} [listen] opens somebody who hears what is recorded meanwhile
 * @property {() => void} [onBegin]
 * @property {(file: File, heard: boolean) => void} onFile what was recorded, and whether all of it was heard meanwhile
 * @property {(error: unknown) => void} onProblem
 */

/** Press and speak; press again and it is done. @param {RecordOptions} options */
export function recordButton({ note, listen, onBegin, onFile, onProblem }) {
  const label = h('span', {}, 'Record');
  const button = h(
    'button',
    { type: 'button', class: 'main record', 'aria-pressed': 'false' },
    h('span', { class: 'lamp', 'aria-hidden': 'true' }),
    label,
  );
  const level = h('span', { class: 'level', 'aria-hidden': 'true' });
  /** @type {(() => Promise<void>) | undefined} */
  let stop;
  const begin = async () => {
    onBegin?.();
    let seconds = 0;
    let session = /** @type {Live | undefined} */ (undefined);
    const recording = await record((piece, loudness) => {
      session?.add(piece);
      seconds += piece.length / RATE;
      level.style.setProperty('--level', `${Math.round(loudness * 100)}%`);
      fill(label, `Stop, ${seconds.toFixed(0)} s`);
    });
    session = listen?.();
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
  return h('div', { class: 'record-box' }, button, level, h('p', { class: 'dim' }, note));
}
