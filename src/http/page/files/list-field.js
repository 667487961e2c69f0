import { h } from './dom.js';

/** @import { Input } from './describe.js' */
/** @import { InputField } from './input-field.js' */

/**
 * Fields for an input of several values: one, and another as often as it is asked for. Those behind the first may be
 * left empty.
 *
 * @param {Input} input
 * @param {(input: Input, index: number) => InputField} fieldOf
 * @returns {InputField}
 */
export function listField(input, fieldOf) {
  /** @type {InputField[]} */
  const fields = [];
  const list = h('div', { class: 'try' });
  const add = () => {
    const index = fields.length;
    const occurrence = index === 0 || input.kind === 'tensor' ? 'required' : 'optional';
    const name = index === 0 ? input.name : `${input.name} ${index + 1}`;
    const field = fieldOf({ ...input, name, occurrence }, index);
    fields.push(field);
    list.append(field.view);
  };
  add();
  const more = h('button', { type: 'button', onclick: add }, `Add another value of ${input.name}`);
  const read = () => {
    const values = fields.map((field) => field.read()).filter((value) => value !== undefined);
    return values.length > 0 ? values : undefined;
  };
  return { input, view: h('div', { class: 'try' }, list, h('div', { class: 'buttons' }, more)), read };
}
