/** Components of the open contract that say of themselves what cannot be served: none comes into service. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startScripted, type ScriptedModel, type ScriptedServer } from '../support/scripted-predictor.ts';

const PREDICT = `return [{ name: 'text', value: { tag: 'text', val: 'x' } }];`;
const TEXT = `{ name: 'text', description: '', kind: { tag: 'text' }, occurrence: 'optional' }`;
const OUT = `{ name: 'text', description: '', kind: { tag: 'text' }, optional: false }`;

const described = (inputs = TEXT, outputs = OUT, parameters = '', task = 'prediction'): ScriptedModel => ({
  task,
  describe: `return { inputs: [${inputs}], parameters: [${parameters}], outputs: [${outputs}] };`,
  predict: PREDICT,
});
const json = (schema: unknown) =>
  `{ name: 'json', description: '', kind: { tag: 'json', val: ${JSON.stringify(JSON.stringify(schema))} }, optional: true }`;
const parameter = (name: string, kind: string) => `{ name: '${name}', description: '', kind: ${kind} }`;

let deep: unknown = {};
for (let level = 0; level < 40; level++) deep = { items: deep };

const REFUSED: Record<string, [model: ScriptedModel, words: string]> = {
  'no-output': [described(TEXT, ''), 'it has no output'],
  'two-of-a-name': [described(`${TEXT}, ${TEXT}`), 'two inputs have the name "text"'],
  'bad-name': [described(TEXT.replace("'text'", "'a b'")), 'the name "a b"'],
  'too-many': [
    described(Array.from({ length: 33 }, (_, at) => TEXT.replace("'text'", `'t${at}'`)).join()),
    'it has 33 inputs',
  ],
  'too-long': [
    {
      ...described(),
      describe: `const description = 'x'.repeat(1_000);
        const named = (count, of) => Array.from({ length: count }, (_, at) => ({ name: 'n' + at, description, ...of }));
        return { inputs: named(32, { kind: { tag: 'text' }, occurrence: 'optional' }), outputs: named(32, { kind: { tag: 'text' }, optional: true }),
          parameters: named(64, { kind: { tag: 'text', val: { choices: [0, 1, 2].map((one) => one + description.slice(1)), default: undefined } } }) };`,
    },
    'characters as JSON, expected at most 262144',
  ],
  'large-picture': [
    described(
      `{ name: 'p', description: '', occurrence: 'optional', kind: { tag: 'picture', val: { filter: 'nearest', format: 'rgb8', regions: false, size: { tag: 'bounded', val: { longestSide: 5000, multiple: 1, enlarge: false } } } } }`,
    ),
    'longest-side is 5000',
  ],
  'fast-sound': [
    described(
      `{ name: 's', description: '', occurrence: 'optional', kind: { tag: 'sound', val: { sampleRate: 96000 } } }`,
    ),
    'sample-rate',
  ],
  'default-out-of-range': [
    described(TEXT, OUT, parameter('n', `{ tag: 'integer', val: { minimum: 1, maximum: 2, default: 3 } }`)),
    'the default of parameter "n"',
  ],
  'parameter-of-the-protocol': [
    described(TEXT, OUT, parameter('timeout', `{ tag: 'boolean' }`)),
    'parameter "timeout"',
  ],
  'schema-too-deep': [described(TEXT, `${OUT}, ${json(deep)}`), 'levels deep'],
  'schema-too-large': [described(TEXT, `${OUT}, ${json({ enum: ['x'.repeat(70_000)] })}`), 'characters'],
  'schema-from-elsewhere': [
    described(TEXT, `${OUT}, ${json({ $ref: 'http://example.com/x' })}`),
    'outside of itself',
  ],
  'schema-of-two-ids': [
    described(TEXT, `${OUT}, ${json({ properties: { a: { $id: 'a' }, b: { $id: 'a' } } })}`),
    'cannot be used',
  ],
  'schema-of-no-pattern': [described(TEXT, `${OUT}, ${json({ pattern: '(' })}`), 'pattern'],
  'schema-of-no-type': [
    described(TEXT, `${OUT}, ${json({ properties: { a: { type: 'objekt' } } })}`),
    'the JSON schema of output "json" does not fit JSON Schema 2020-12 at #/properties/a/type',
  ],
  'schema-of-listed-properties': [
    described(TEXT, `${OUT}, ${json({ properties: ['a'] })}`),
    '2020-12 at #/properties: Instance type "array" is invalid. Expected "object"',
  ],
  'schema-that-leads-nowhere': [
    described(TEXT, `${OUT}, ${json({ $ref: '#/$defs/a~1b' })}`),
    'refers to #/$defs/a~1b, which is not there',
  ],
  'tensors-of-one-name': [
    described(
      TEXT,
      `${OUT}, { name: 'a', description: '', optional: true, kind: { tag: 'labels' } }, { name: 'a_scores', description: '', optional: true, kind: { tag: 'text' } }`,
    ),
    'the tensor "a_scores"',
  ],
  'no-picture-to-detect-in': [
    described(TEXT, OUT, '', 'object-detection'),
    'object-detection needs an input of picture',
  ],
  'an-input-that-nobody-knows': [
    described(
      `${TEXT.replace('optional', 'required')}, ${TEXT.replace("'text'", "'second'").replace('optional', 'required')}`,
      OUT,
      '',
      'summarization',
    ),
    'its input "second"',
  ],
  'another-answer': [
    described(TEXT, OUT, '', 'token-classification'),
    'token-classification answers with json',
  ],
  'another-sample': [
    { ...described(), sample: { inputs: { text: 'a' }, expect: { text: 'something else' } } },
    'output text gave x',
  ],
  'a-sample-that-it-refuses': [
    { ...described(), sample: { inputs: { text: 'a' }, parameters: { k: 1 }, expect: {} } },
    'its sample fails: There is no parameter "k"',
  ],
  'a-sample-of-another-kind': [
    { ...described(), sample: { inputs: { text: { value: 'a' } }, expect: {} } },
    'in its sample, input "text" is {"value":"a"}: expected a text, or {"file": "…"}',
  ],
  'a-sample-of-a-file-by-its-name': [
    {
      ...described(
        `{ name: 's', description: '', occurrence: 'optional', kind: { tag: 'sound', val: { sampleRate: 16000 } } }`,
      ),
      sample: { inputs: { s: 'sample.wav' }, expect: {} },
    },
    'in its sample, input "s" is "sample.wav": expected {"file": "…"}',
  ],
  'a-sample-of-an-input-that-is-not-there': [
    { ...described(), sample: { inputs: { txt: 'a' }, expect: {} } },
    'no input for txt of the sample: it has text',
  ],
  'a-sample-of-an-output-that-is-not-there': [
    { ...described(), sample: { inputs: { text: 'a' }, expect: { txt: 'a' } } },
    'its sample expects the output "txt", and its component has text',
  ],
  'no-description': [
    { ...described(), describe: `throw { tag: 'unsupported', val: 'config key "width" is missing' };` },
    'its component does not describe itself: config key "width" is missing',
  ],
};

let server: ScriptedServer;
beforeAll(async () => {
  const models = Object.fromEntries(Object.entries(REFUSED).map(([name, [model]]) => [name, model]));
  server = await startScripted({ fine: described(), ...models });
});
afterAll(async () => server[Symbol.asyncDispose]());

test.each(Object.entries(REFUSED).map(([name, [, words]]) => [name, words] as const))(
  '%s is told in words, and the rest is served',
  async (name, words) => {
    const found = server.service.notServed.find(({ model }) => model === name);
    expect(found?.reason).toContain(words);
    expect((await server.service.predict('fine', {})).outputs).toEqual({ text: 'x' });
  },
);
