/** Shows each output of an answer to people. */
import { bars, json } from './answers.js';
import { h } from './dom.js';
import { parseExact } from './exact.js';
import { marksIn, marksList } from './marks.js';
import { tensorTable } from './tensor-table.js';

/** @import { Output } from './describe.js' */

/** @type {Output} */
const NONE = { name: '', description: '', kind: 'json' };

/** @param {Output} output @param {any} value @param {boolean} isAlone */
export function outputView({ name, description, kind }, value, isAlone) {
  const shown = kind === 'tensor' ? tensorTable({ name, ...value }) : viewOf(name, kind, value);
  return isAlone || kind === 'tensor'
    ? shown
    : h('section', { class: 'output', 'aria-label': name }, h('h3', { title: description }, name), shown);
}

/** @param {string} name @param {Output['kind']} kind @param {any} value */
function viewOf(name, kind, value) {
  switch (kind) {
    case 'labels':
      return bars(value);
    case 'text':
      return h('p', { class: 'told' }, value);
    case 'media':
      return mediaView(name, value);
    default: {
      const marks = marksIn(value);
      return marks.length > 0 ? marksList(marks) : json(value);
    }
  }
}

/** @param {string} name @param {Blob} blob */
function mediaView(name, blob) {
  const src = URL.createObjectURL(blob);
  if (blob.type.startsWith('image/')) return h('img', { src, alt: name, class: 'made' });
  if (blob.type.startsWith('audio/')) return h('audio', { src, controls: true, 'aria-label': name });
  return h('a', { href: src, download: name }, `Save ${name}, ${blob.type}`);
}

/**
 * The values of outputs by their names, whatever form the answer has: by names, or as the task has it.
 *
 * @param {Response} response
 * @param {readonly Output[]} outputs
 * @returns {Promise<Record<string, any>>}
 */
export async function readOutputs(response, outputs) {
  const [first] = outputs;
  const type = response.headers.get('Content-Type') ?? '';
  if (!type.startsWith('application/json')) return { [first?.name ?? '']: await response.blob() };
  const answer = parseExact(await response.text());
  /** @type {Record<string, any>} */
  const byName = Array.isArray(answer?.outputs ?? [])
    ? { [first?.name ?? '']: asTask(answer, first) }
    : answer.outputs;
  for (const { name, kind } of outputs) {
    if (kind === 'media' && typeof byName[name]?.base64 === 'string') byName[name] = blobOf(byName[name]);
  }
  return byName;
}

/** Hugging Face's tasks wrap labels in lists, and texts in objects; a tensor is its elements. @param {any} answer @param {Output} [output] */
function asTask(answer, { kind, datatype } = NONE) {
  if (kind === 'tensor') {
    const shape = [];
    for (let level = answer; Array.isArray(level); [level] = level) shape.push(level.length);
    return { datatype, shape, data: [answer].flat(Infinity) };
  }
  if (kind === 'labels') return Array.isArray(answer[0]) ? answer[0] : answer;
  if (kind !== 'text') return answer;
  const [text] = Object.values([answer].flat()[0] ?? {});
  return text;
}

/** @param {{ media_type: string, base64: string }} media */
function blobOf({ media_type: type, base64 }) {
  return new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], { type });
}
