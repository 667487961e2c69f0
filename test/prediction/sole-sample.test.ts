/** A sample that is one file, of a model that takes several inputs. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startScripted, type ScriptedServer } from '../support/scripted-predictor.ts';

const input = (name: string, kind: string, occurrence: string): string =>
  `{ name: '${name}', description: '', kind: { tag: '${kind}' }, occurrence: '${occurrence}' }`;

/** Tells which of its inputs it was given. */
const teller = (inputs: string[], told: string) => ({
  describe: `return {
    inputs: [${inputs.join(', ')}],
    parameters: [],
    outputs: [{ name: 'told', description: '', kind: { tag: 'text' }, optional: false }],
  };`,
  predict: `return [{ name: 'told', value: { tag: 'text', val: request.inputs.map(({ name }) => name).join(' ') } }];`,
  files: { 'rows.csv': Buffer.from('1,2\n') },
  sample: { file: 'rows.csv', expect: { told } },
});

let server: ScriptedServer;
beforeAll(async () => {
  const [rows, file] = [input('rows', 'json', 'optional'), input('file', 'file', 'optional')];
  server = await startScripted({
    table: teller([rows, file], 'file'),
    reader: teller([file, input('text', 'text', 'required')], 'text'),
  });
});
afterAll(async () => server[Symbol.asyncDispose]());

test('is for an input that is required, and else for one that takes files, before JSON and texts', async () => {
  const { models } = (await (await fetch(`${server.url}/page/models`)).json()) as {
    models: { name: string; sample: { answer: string; files: object } }[];
  };
  expect(models.map(({ name, sample }) => [name, sample.answer, sample.files])).toEqual([
    ['reader', 'text', {}],
    ['table', 'file', { file: ['rows.csv'] }],
  ]);
});
