/** A model that describes itself: fields for what it takes, and its answer. A file alone is sent as soon as it is there. */
import { foretold } from './answers.js';
import { send } from './api.js';
import { codeBox } from './code-box.js';
import { takesFile } from './describe.js';
import { fill, h } from './dom.js';
import { unreadSample } from './file-field.js';
import { inputField } from './input-field.js';
import { marksIn } from './marks.js';
import { outputView, readOutputs } from './output-view.js';
import { parameterField } from './parameter-field.js';
import { problem } from './problem.js';
import { sketchOf } from './sketch.js';
import { timing } from './timing.js';

/** @import { Description } from './describe.js' */
/** @import { Model } from './models.js' */

/** @param {Model} model @param {Description} description @param {number} maxBytes */
export function tryValues(model, description, maxBytes) {
  const { inputs, parameters, outputs } = description;
  const chosen = h('div', { class: 'pane' });
  const hint = foretold(
    'The answer comes here:',
    outputs.map((output) => [h('strong', {}, output.name), ` ${output.description}`]),
  );
  const answer = h('div', { class: 'pane answer', 'aria-live': 'polite' }, hint);
  const code = h('div');
  let last = new AbortController();

  const run = async () => {
    last.abort();
    last = new AbortController();
    const { signal } = last;
    try {
      const sketch = sketchOf(model.name, description, valuesOf(fields), valuesOf(settings));
      fill(code, codeBox(sketch));
      fill(answer, h('p', { class: 'dim working' }, 'Working…'));
      const started = performance.now();
      const response = await send(sketch, signal);
      const values = await readOutputs(response, outputs);
      const took = performance.now() - started;
      const given = outputs.filter(({ name }) => values[name] !== undefined);
      fill(
        answer,
        given.map((output) => outputView(output, values[output.name], given.length === 1)),
        timing(response, took),
      );
      await fields.find(({ draw }) => draw !== undefined)?.draw?.(marksIn(values));
    } catch (error) {
      if (!signal.aborted) fill(answer, problem(error, run));
    }
  };
  const runWhenWhole = () => {
    const isWhole = fields.every(
      ({ input, read }) => input.occurrence === 'optional' || (takesFile(input) && read() !== undefined),
    );
    if (isWhole) void run();
  };
  const fields = inputs.map((input) =>
    inputField(input, {
      maxBytes,
      samples: model.sampleFiles[input.name] ?? [],
      start: model.sample?.values?.[input.name],
      isAlone: inputs.length === 1,
      onFile: ({ shown }) => {
        if (shown !== undefined) fill(chosen, shown);
        runWhenWhole();
      },
      onProblem: (error, retry) => fill(answer, problem(error, retry)),
    }),
  );
  const settings = parameters.map((parameter) => parameterField(parameter, runWhenWhole));
  const form = h(
    'form',
    { class: 'try' },
    fields.map(({ view }) => view),
    settings.length > 0 &&
      h(
        'details',
        {},
        h('summary', {}, 'Settings'),
        h(
          'div',
          { class: 'settings' },
          settings.map(({ view }) => view),
        ),
      ),
    inputs.some((input) => !takesFile(input)) &&
      h('div', { class: 'buttons' }, h('button', { class: 'main' }, 'Send')),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void run();
  });
  showSample(model, description, code);
  return h('div', { class: 'try' }, form, h('div', { class: 'panes' }, chosen, answer), code);
}

/** @param {readonly { read: () => unknown, name?: string, input?: { name: string } }[]} fields */
function valuesOf(fields) {
  return Object.fromEntries(
    fields
      .map(({ name, input, read }) => [name ?? input?.name ?? '', read()])
      .filter(([, value]) => value !== undefined),
  );
}

/** The lines for the sample, before anything was sent. @param {Model} model @param {Description} description @param {HTMLElement} code */
function showSample(model, description, code) {
  const { inputs } = description;
  const files = Object.entries(model.sampleFiles).map(([name, given]) => {
    const [first, ...others] = given.map(unreadSample);
    return [name, others.length > 0 ? [first, ...others] : first];
  });
  /** @type {Record<string, unknown>} */
  const values = { ...model.sample?.values, ...Object.fromEntries(files) };
  for (const { name, occurrence } of inputs)
    if (occurrence === 'repeated' && values[name] !== undefined) values[name] = [values[name]].flat();
  // Lines that lack an input would be refused.
  const isWhole = inputs.every(
    ({ name, occurrence }) => occurrence === 'optional' || values[name] !== undefined,
  );
  if (isWhole && Object.keys(values).length > 0)
    fill(code, codeBox(sketchOf(model.name, description, values, {})));
}
