/** A transcript on the page: as it comes, and in the end with words that can be played. */
import { fill, h } from './dom.js';

/** @import { LiveText } from './realtime.js' */
/** @import { Word } from './word-times.js' */

export function transcriptView() {
  const text = h('p', { class: 'transcript', 'aria-live': 'polite', 'aria-label': 'Transcript' });
  const view = h('div', { class: 'transcript-box' }, text);
  let whole = '';
  return {
    view,
    get text() {
      return whole;
    },
    /** @param {string} words */
    hint(words) {
      whole = '';
      fill(text, h('span', { class: 'dim' }, words));
    },
    /** @param {string} words */
    show(words) {
      whole = words;
      fill(text, words);
    },
    showLive: (/** @type {readonly LiveText[]} */ items) => {
      whole = items.map(({ stable, tentative }) => `${stable}${tentative}`.trim()).join(' ');
      fill(
        text,
        items.flatMap(({ stable, tentative }) => [
          h('span', { class: 'stable' }, stable),
          tentative !== '' &&
            h(
              'span',
              { class: 'tentative' },
              h('span', { class: 'hidden' }, ' (not certain yet: '),
              tentative,
              h('span', { class: 'hidden' }, ')'),
            ),
          ' ',
        ]),
      );
      view.scrollTop = view.scrollHeight;
    },
    /**
     * Each word is a button that plays from there, and is marked while it sounds.
     *
     * @param {readonly Word[]} words
     * @param {HTMLAudioElement} audio
     */
    showWords(words, audio) {
      const buttons = words.map(({ word, start }) =>
        h(
          'button',
          {
            type: 'button',
            class: 'word',
            onclick: () => {
              audio.currentTime = start;
              void audio.play();
            },
          },
          word.trim(),
        ),
      );
      text.removeAttribute('aria-live');
      fill(
        text,
        buttons.flatMap((button) => [button, ' ']),
      );
      const mark = () => {
        const at = audio.currentTime;
        words.forEach(({ start, end }, index) =>
          buttons[index]?.classList.toggle('now', at >= start && at < end && !audio.paused),
        );
        if (!audio.paused && text.isConnected) requestAnimationFrame(mark);
      };
      audio.addEventListener('play', mark);
      audio.addEventListener('pause', mark);
      if (!audio.paused) mark();
    },
  };
}
