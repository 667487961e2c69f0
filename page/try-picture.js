import { send } from './api.js';
import { areLabels, bars, json } from './answers.js';
import { codeBox } from './code-box.js';
import { fill, h } from './dom.js';
import { fileField } from './file-field.js';
import { marksIn } from './marks.js';
import { pictureView } from './picture-view.js';
import { problem } from './problem.js';
import { timing } from './timing.js';

/** @typedef {import('./api.js').Chosen} Chosen @typedef {import('./models.js').Model} Model */

/**
 * A photo to what the model sees in it, as soon as it is there.
 *
 * @param {Model} model
 * @param {number} maxBytes
 */
export function tryPicture({ name, samplePath, sample }, maxBytes) {
  const picture = h('div', { class: 'pane' });
  const answer = h(
    'div',
    { class: 'pane answer', 'aria-live': 'polite' },
    h('p', { class: 'dim' }, 'What the model sees comes here.'),
  );
  const code = h('div');
  let last = new AbortController();
  /** @param {Chosen} file */
  const sketchOf = (file) => ({
    path: `models/${encodeURIComponent(name)}`,
    body: { kind: /** @type {const} */ ('file'), file },
  });
  /** @param {Chosen} chosen */
  const run = async (chosen) => {
    last.abort();
    last = new AbortController();
    const { signal } = last;
    const sketch = sketchOf(chosen);
    const { view, draw } = pictureView(chosen.file);
    fill(picture, view);
    fill(answer, h('p', { class: 'dim working' }, 'Looking…'));
    fill(code, codeBox(sketch));
    const started = performance.now();
    try {
      const response = await send(sketch, signal);
      const value = await response.json();
      const took = performance.now() - started;
      const marks = marksIn(value);
      fill(answer, areLabels(value) ? bars(value) : json(value), timing(response, took));
      await draw(marks);
    } catch (error) {
      if (!signal.aborted)
        fill(
          answer,
          problem(error, () => void run(chosen)),
        );
    }
  };
  const field = fileField({
    kind: 'picture',
    maxBytes,
    ...(samplePath !== undefined && { sample: { path: samplePath, file: sample?.file ?? 'sample' } }),
    onFile: (chosen) => void run(chosen),
    onProblem: (error) => fill(answer, problem(error)),
  });
  if (samplePath !== undefined) {
    fill(code, codeBox(sketchOf({ file: new File([], sample?.file ?? 'sample'), samplePath })));
  }
  return h('div', { class: 'try' }, field, h('div', { class: 'panes' }, picture, answer), code);
}
