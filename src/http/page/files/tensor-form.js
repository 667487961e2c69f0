import { foretold } from './answers.js';
import { send } from './api.js';
import { codeBox } from './code-box.js';
import { fill, h } from './dom.js';
import { parseExact } from './exact.js';
import { problem } from './problem.js';
import { tensorField } from './tensor-field.js';
import { shapeText, tensorTable } from './tensor-table.js';
import { timing } from './timing.js';

/** @import { Model } from './models.js' */

/**
 * A form of the inputs of a graph, filled with zeros, that can be sent as it is.
 *
 * @param {Model} model
 */
export function tensorForm({ name, inputs, outputs }) {
  const fields = inputs.map((port) => tensorField(port));
  const ports = outputs.map((port) => `${port.name}, ${port.datatype} ${shapeText(port.shape)}`);
  const hint = foretold('The model will answer with', ports);
  const answer = h('div', { class: 'pane answer', 'aria-live': 'polite' }, hint);
  const code = h('div');
  const sketch = () => ({
    path: `v2/models/${encodeURIComponent(name)}/infer`,
    body: { kind: /** @type {const} */ ('json'), json: { inputs: fields.map(({ read }) => read()) } },
  });
  const run = async () => {
    const started = performance.now();
    try {
      const asked = sketch();
      fill(code, codeBox(asked));
      fill(answer, h('p', { class: 'dim working' }, 'Computing…'));
      const response = await send(asked);
      const { outputs: given } = parseExact(await response.text());
      fill(answer, given.map(tensorTable), timing(response, performance.now() - started));
    } catch (error) {
      fill(answer, problem(error, run));
    }
  };
  const form = h(
    'form',
    { class: 'pane' },
    fields.map(({ view }) => view),
    h('div', { class: 'buttons' }, h('button', { class: 'main' }, 'Send')),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void run();
  });
  fill(code, codeBox(sketch()));
  return h('div', { class: 'try' }, h('div', { class: 'panes' }, form, answer), code);
}
