import { askJson } from './api.js';
import { fill, h } from './dom.js';

/**
 * @typedef {{ name: string, datatype: string, shape: number[] }} Port
 *
 * @typedef {object} Listed A model as `GET page/models` lists it.
 * @property {string} name
 * @property {string} version
 * @property {'READY' | 'UNAVAILABLE' | 'LOADING' | 'UNLOADING'} state
 * @property {string} reason
 * @property {string} [task]
 * @property {string} [licence]
 * @property {{ file: string, files: Record<string, string[]>, values?: Record<string, unknown>,
 *   answer: string, ms: number }} [sample]
 * @property {{ word_times: boolean, live: boolean }} [speech]
 * @property {import('./describe.js').Description} [prediction] of a model that describes itself
 *
 * @typedef {object} Described What `GET v2/models/{name}` adds.
 * @property {Port[]} inputs
 * @property {Port[]} outputs
 * @property {Record<string, SampleFile[]>} sampleFiles by the inputs that they are given to
 *
 * @typedef {{ path: string, file: string }} SampleFile Where the service has it, and its name.
 *
 * @typedef {Listed & Described} Model
 */

const STATES = {
  READY: 'ready',
  UNAVAILABLE: 'not in service',
  LOADING: 'loading',
  UNLOADING: 'going out of service',
};

/** @type {Record<string, string>} */
const TASKS = {
  'image-classification': 'Photos to labels',
  'speech-transcription': 'Speech to text',
  tensors: 'Tensors to tensors',
};

/** @param {string} [task] */
export function taskWords(task = '') {
  const words = task.replaceAll('-', ' ');
  return TASKS[task] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

/** @returns {Promise<{ version: string, uploadBytes: number, models: Listed[] }>} */
export async function readOverview() {
  return askJson('page/models');
}

/** @param {Listed} listed @returns {Promise<Model>} */
export async function readModel(listed) {
  const path = encodeURIComponent(listed.name);
  const { inputs, outputs } = await askJson(`v2/models/${path}`);
  /** @param {string} file */
  const placed = (file) => ({ path: `page/models/${path}/sample?file=${encodeURIComponent(file)}`, file });
  const sampleFiles = Object.fromEntries(
    Object.entries(listed.sample?.files ?? {}).map(([input, files]) => [input, files.map(placed)]),
  );
  return { ...listed, inputs, outputs, sampleFiles };
}

/**
 * Models that can be tried come first.
 *
 * @param {HTMLElement} list
 * @param {readonly Listed[]} models
 * @param {string} chosen
 */
export function showModels(list, models, chosen) {
  if (models.length === 0) {
    fill(list, h('p', { class: 'dim' }, 'This service has no model that you may see.'));
    return;
  }
  fill(
    list,
    h(
      'ul',
      { class: 'models' },
      models
        .toSorted((a, b) => Number(a.state !== 'READY') - Number(b.state !== 'READY'))
        .map((model) => h('li', {}, card(model, model.name === chosen))),
    ),
  );
}

/** @param {Listed} model @param {boolean} isChosen */
function card({ name, version, state, reason, task, sample }, isChosen) {
  const isReady = state === 'READY';
  return h(
    'a',
    {
      class: `card ${state.toLowerCase()}`,
      href: `#${encodeURIComponent(name)}`,
      'aria-current': isChosen && 'true',
    },
    h(
      'span',
      { class: 'card-name' },
      h('strong', {}, name),
      version !== '' && h('span', { class: 'dim' }, ` v${version}`),
    ),
    h('span', { class: 'card-task' }, task === undefined ? '' : taskWords(task)),
    h('span', { class: 'card-state' }, h('span', { class: 'dot', 'aria-hidden': 'true' }), STATES[state]),
    isReady && sample !== undefined
      ? h('span', { class: 'card-sample dim' }, `${sample.file} → ${inWords(sample.answer)}`)
      : reason !== '' && h('span', { class: 'card-sample dim' }, reason),
  );
}

/** Summarises an answer in JSON that may be cut. @param {string} answer */
function inWords(answer) {
  const found = [...answer.matchAll(/"(?:label|text)":"([^"]*)"/g)].map(([, text]) => text);
  return found.length > 0 ? found.join(', ') : answer;
}
