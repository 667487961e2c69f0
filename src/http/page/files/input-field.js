import { h, newId } from './dom.js';
import { playerView } from './player-view.js';
import { parseExact } from './exact.js';
import { fileField } from './file-field.js';
import { listField } from './list-field.js';
import { pictureView } from './picture-view.js';
import { recordButton } from './record-button.js';
import { tensorField } from './tensor-field.js';

/** @import { Chosen } from './api.js' */
/** @import { Input } from './describe.js' */
/** @import { SampleFile } from './models.js' */
/**
 * @typedef {object} InputField
 * @property {Input} input
 * @property {HTMLElement} view
 * @property {() => unknown} read a file as {@link Chosen}; of a repeated input a list; undefined where nothing is given
 * @property {HTMLElement} [shown] what was chosen, for people to see or hear
 * @property {ReturnType<typeof pictureView>['draw']} [draw] marks over a picture
 *
 * @typedef {object} InputFieldOptions
 * @property {number} maxBytes
 * @property {SampleFile[]} samples files that the model's sample gives it
 * @property {unknown} start what the model's sample gives an input that takes no file
 * @property {(field: InputField) => void} onFile
 * @property {(error: unknown, retry?: () => unknown) => void} onProblem
 * @property {boolean} isAlone whether the model takes nothing else
 */

/** @param {Input} input @param {InputFieldOptions} options @returns {InputField} */
export function inputField(input, options) {
  if (input.occurrence === 'repeated') {
    const { samples, start, ...others } = options;
    return listField(input, (one, index) =>
      inputField(one, {
        ...others,
        samples: samples.slice(index, index + 1),
        start: index === 0 ? [start].flat()[0] : undefined,
      }),
    );
  }
  if (input.kind === 'tensor') {
    const { name, datatype = 'FP32', shape = [], description, occurrence } = input;
    const isOptional = occurrence === 'optional';
    const { view, read, isTouched } = tensorField(
      { name, datatype, shape },
      { hint: hint(description, occurrence), start: options.start, isOptional },
    );
    return { input, view, read: () => (isOptional && !isTouched() ? undefined : read()) };
  }
  return input.kind === 'text' || input.kind === 'json'
    ? textInput(input, options.start)
    : fileInput(input, options);
}

/** @param {Input} input @param {InputFieldOptions} options @returns {InputField} */
function fileInput(input, { maxBytes, samples: [sample], onFile, onProblem, isAlone }) {
  const kind = /** @type {'picture' | 'sound' | 'file'} */ (input.kind);
  /** @type {Chosen | undefined} */
  let chosen;
  /** @param {Chosen} file */
  const take = (file) => {
    chosen = file;
    if (kind === 'picture') ({ view: field.shown, draw: field.draw } = pictureView(file.file));
    if (kind === 'sound') field.shown = playerView(file.file);
    onFile(field);
  };
  const choose = fileField({ kind, maxBytes, sample, onFile: take, onProblem });
  const view =
    kind === 'sound'
      ? h(
          'div',
          { class: 'ways' },
          recordButton({ note: 'It is sent when you stop.', onFile: (file) => take({ file }), onProblem }),
          choose,
        )
      : choose;
  /** @type {InputField} */
  const field = { input, view: isAlone ? view : named(input, view), read: () => chosen };
  return field;
}

/** @param {Input} input @param {HTMLElement} view */
function named({ name, description, occurrence }, view) {
  return h(
    'section',
    { 'aria-label': name },
    h('p', {}, h('strong', {}, name), ' ', h('span', { class: 'dim' }, hint(description, occurrence))),
    view,
  );
}

/** @param {Input} input @param {unknown} start @returns {InputField} */
function textInput(input, start) {
  const { name, description, kind, occurrence } = input;
  const id = newId('input');
  const text = h('textarea', {
    id,
    rows: kind === 'json' ? 5 : 3,
    spellcheck: kind === 'text' ? 'true' : 'false',
  });
  if (start !== undefined)
    text.value = typeof start === 'string' && kind === 'text' ? start : JSON.stringify(start);
  const read = () => {
    if (text.value.trim() === '') {
      if (occurrence === 'optional') return undefined;
      throw new Error(`${name} is empty: write something there.`);
    }
    return kind === 'text' ? text.value : parse(name, text.value);
  };
  const view = h(
    'div',
    { class: 'field' },
    h('label', { for: id }, name, ' ', h('span', { class: 'dim' }, hint(description, occurrence))),
    text,
  );
  return { input, view, read };
}

/** @param {string} name @param {string} text @returns {unknown} */
function parse(name, text) {
  try {
    return parseExact(text);
  } catch (error) {
    throw new Error(`${name} is no JSON: ${error instanceof Error ? error.message : String(error)}.`, {
      cause: error,
    });
  }
}

/** @param {string} description @param {Input['occurrence']} occurrence */
function hint(description, occurrence) {
  return occurrence === 'optional' ? `${description} May be left out.` : description;
}
