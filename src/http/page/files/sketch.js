/** How values are sent to a model: a file alone as the body, texts and files as a form, and what is left as JSON. */
import { takesFile } from './describe.js';

/** @import { Sketch } from './api.js' */
/** @import { Description } from './describe.js' */

/**
 * @param {string} model
 * @param {Description} description
 * @param {Record<string, any>} values by the names of inputs; files as Chosen, of a repeated input a list
 * @param {Record<string, unknown>} parameters those that are not as usual
 * @returns {Sketch}
 */
export function sketchOf(model, { inputs, outputs }, values, parameters) {
  const path = `models/${encodeURIComponent(model)}`;
  // A task's answer has one output; all of them are asked for by their names.
  const wanted = outputs.length > 1 ? outputs.map(({ name }) => name) : undefined;
  const given = inputs.filter(({ name }) => values[name] !== undefined);
  const fields = given.flatMap((input) => {
    const all = input.occurrence === 'repeated' ? values[input.name] : [values[input.name]];
    return /** @type {any[]} */ (all).map((value) => ({ input, value }));
  });
  const [first, ...others] = fields;
  if (first === undefined) throw new Error('Nothing is given yet: choose a file, or write something.');
  const query = new URLSearchParams(Object.entries(parameters).map(([name, value]) => [name, String(value)]));
  if (wanted !== undefined) query.set('outputs', wanted.join(','));
  const asked = query.size > 0 ? `${path}?${String(query).replaceAll('%2C', ',')}` : path;
  // A file of any kind may be JSON, which alone as a body would be read as the request.
  if (others.length === 0 && takesFile(first.input) && first.input.kind !== 'file')
    return { path: asked, body: { kind: 'file', file: first.value } };
  if (given.some(takesFile)) {
    return {
      path: asked,
      body: {
        kind: 'form',
        fields: fields.map(({ input: { name, kind }, value }) => [
          name,
          kind === 'json' || kind === 'tensor' ? JSON.stringify(value) : value,
        ]),
      },
    };
  }
  const named = Object.fromEntries(given.map(({ name }) => [name, values[name]]));
  const json = {
    inputs: named,
    ...(Object.keys(parameters).length > 0 && { parameters }),
    ...(wanted !== undefined && { outputs: wanted }),
  };
  return { path, body: { kind: 'json', json } };
}
