import { h } from './dom.js';
import { toSrt, toVtt } from './subtitles.js';

/**
 * A transcript as files to keep.
 *
 * @param {string} soundName
 * @param {string} text
 * @param {() => Promise<{ segments: import('./subtitles.js').Segment[] }>} timed
 * @param {(error: unknown) => void} onProblem
 */
export function downloads(soundName, text, timed, onProblem) {
  const name = soundName.replace(/\.[^.]*$/, '') || 'transcript';
  /** @param {string} ending @param {() => Promise<string>} make */
  const button = (ending, make) =>
    h(
      'button',
      {
        type: 'button',
        class: 'quiet',
        onclick: () => make().then((made) => save(`${name}.${ending}`, made), onProblem),
      },
      ending.toUpperCase(),
    );
  return h(
    'div',
    { class: 'buttons', role: 'group', 'aria-label': 'Download the transcript' },
    h('span', { class: 'dim' }, 'Download'),
    button('txt', async () => `${text.trim()}\n`),
    button('srt', async () => toSrt((await timed()).segments)),
    button('vtt', async () => toVtt((await timed()).segments)),
  );
}

/** @param {string} name @param {string} text */
function save(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  h('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
