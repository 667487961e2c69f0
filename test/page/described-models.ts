/** Models of the open contract for the page. */
import sharp from 'sharp';
import type { ScriptedModel } from '../support/scripted-predictor.ts';

const input = (name: string, kind: string, occurrence: string): string =>
  `{ name: '${name}', description: 'The ${name}.', kind: ${kind}, occurrence: '${occurrence}' }`;
const output = (name: string, kind: string): string =>
  `{ name: '${name}', description: 'The ${name}.', kind: ${kind}, optional: false }`;
const json = `{ tag: 'json', val: undefined }`;
const picture = `{ tag: 'picture', val: { size: { tag: 'exact', val: { width: 8, height: 8, fit: 'pad' } },
  filter: 'nearest', format: 'rgb8', regions: false } }`;

/** A dog in a box and a line of text in a polygon, in a picture of 200 x 100 pixels. */
export async function finder(): Promise<ScriptedModel> {
  const background = { r: 240, g: 235, b: 220 };
  const sample = await sharp({ create: { width: 200, height: 100, channels: 3, background } })
    .png()
    .toBuffer();
  return {
    describe: `return {
      inputs: [${input('picture', picture, 'required')}],
      parameters: [
        { name: 'least', description: 'The least score.', kind: { tag: 'number', val: { minimum: 0, maximum: 1, default: 0.5 } } },
      ],
      outputs: [${output('objects', json)}, ${output('lines', json)}],
    };`,
    predict: `
      const objects = [
        { label: 'dog', score: 0.9, box: { xmin: 20, ymin: 30, xmax: 80, ymax: 90 } },
        { label: 'cat', score: 0.6, box: { xmin: 100, ymin: 30, xmax: 150, ymax: 90 } },
      ];
      const lines = [{ text: 'sandpiper', score: 0.8, polygon: [[10, 5], [90, 5], [90, 20], [10, 20]] }];
      return [
        { name: 'objects', value: { tag: 'json', val: JSON.stringify(objects.filter(({ score }) => score >= parameter('least'))) } },
        { name: 'lines', value: { tag: 'json', val: JSON.stringify(lines) } },
      ];`,
    sample: { file: 'sample.png', expect: {} },
    files: { 'sample.png': sample },
  };
}

/** Weighs one file against others, each with its own in the sample. */
export const balance: ScriptedModel = {
  describe: `return {
    inputs: [
      ${input('left', `{ tag: 'file' }`, 'required')},
      ${input('right', `{ tag: 'file' }`, 'required')},
      ${input('more', `{ tag: 'file' }`, 'repeated')},
    ],
    parameters: [],
    outputs: [${output('weights', `{ tag: 'text' }`)}],
  };`,
  predict: `
    const weights = ['left', 'right', 'more'].map((name) => of(name).map(({ length }) => length).join('+'));
    return [{ name: 'weights', value: { tag: 'text', val: weights.join(' : ') } }];`,
  sample: {
    inputs: {
      right: { file: 'b.txt' },
      left: { file: 'a.txt' },
      more: [{ file: 'c.txt' }, { file: 'a.txt' }],
    },
    expect: { weights: '1 : 22 : 3+1' },
  },
  files: { 'a.txt': Buffer.from('a'), 'b.txt': Buffer.from('b'.repeat(22)), 'c.txt': Buffer.from('ccc') },
};

export const asker: ScriptedModel = {
  describe: `return {
    inputs: [
      ${input('question', `{ tag: 'text' }`, 'required')},
      ${input('facts', json, 'optional')},
    ],
    parameters: [
      { name: 'loud', description: 'Whether it shouts.', kind: { tag: 'boolean', val: false } },
      { name: 'mood', description: 'How it speaks.', kind: { tag: 'text', val: { choices: ['kind', 'curt'], default: 'kind' } } },
    ],
    outputs: [${output('reply', `{ tag: 'text' }`)}],
  };`,
  predict: `
    const [facts = '{}'] = of('facts');
    const reply = [of('question')[0], ...Object.values(JSON.parse(facts)), parameter('mood')].join(', ');
    return [{ name: 'reply', value: { tag: 'text', val: parameter('loud') ? reply.toUpperCase() : reply } }];`,
  sample: { inputs: { question: 'hello' }, expect: {} },
};

const numbers = `{ tag: 'tensor', val: { elementType: 'float32', shape: [undefined] } }`;
const wholeNumbers = numbers.replace('float32', 'int64');
const floats = (list: string): string =>
  `{ tag: 'tensor', val: { elementType: 'float32', shape: [2], data: new Uint8Array(new Float32Array(${list}).buffer) } }`;

/** Takes a file of any kind, and numbers with it; of its own numbers JSON has no word for one. */
export const weigher: ScriptedModel = {
  describe: `return {
    inputs: [${input('blob', `{ tag: 'file' }`, 'required')}, ${input('weights', numbers, 'optional')}],
    parameters: [],
    outputs: [${output('weight', `{ tag: 'text' }`)}, ${output('limits', numbers)}],
  };`,
  predict: `
    const weights = of('weights').map(({ data }) => [...new Float32Array(new Uint8Array(data).buffer)]);
    return [
      { name: 'weight', value: { tag: 'text', val: of('blob')[0].length + ' bytes by ' + JSON.stringify(weights) } },
      { name: 'limits', value: ${floats('[0, Infinity]')} },
    ];`,
  sample: { inputs: { blob: 'hello' }, expect: {} },
};

export const embedder: ScriptedModel = {
  task: 'feature-extraction',
  describe: `return {
    inputs: [${input('text', `{ tag: 'text' }`, 'required')}],
    parameters: [],
    outputs: [${output('embedding', numbers)}],
  };`,
  predict: `return [{ name: 'embedding', value: ${floats(`[of('text')[0].length, 0.5]`)} }];`,
};

/** Takes several words, and whole numbers of more digits than a number of JavaScript keeps. */
export const gatherer: ScriptedModel = {
  describe: `return {
    inputs: [
      ${input('word', `{ tag: 'text' }`, 'repeated')},
      ${input('ids', wholeNumbers, 'required')},
      ${input('more', wholeNumbers, 'optional')},
    ],
    parameters: [],
    outputs: [${output('words', `{ tag: 'text' }`)}, ${output('ids', wholeNumbers)}],
  };`,
  predict: `return [
    { name: 'words', value: { tag: 'text', val: [...of('word'), ...of('more').map(({ shape }) => shape)].join('+') } },
    { name: 'ids', value: { tag: 'tensor', val: of('ids')[0] } },
  ];`,
  sample: { inputs: { word: ['a'], ids: [3, 4] }, expect: {} },
};
