import { afterAll, beforeAll, expect, test } from 'vitest';
import { startScripted, type ScriptedServer } from '../support/scripted-predictor.ts';

let server: ScriptedServer;
beforeAll(async () => {
  const text = `{ name: 'text', description: 'Any.', kind: { tag: 'text' }, occurrence: 'required' }`;
  const output = (name: string): string =>
    `{ name: '${name}', description: 'So long.', kind: { tag: 'text' }, optional: false }`;
  server = await startScripted({
    pair: {
      describe: `return { inputs: [${text}], parameters: [], outputs: [${output('first')}, ${output('second')}] };`,
      predict: `return [
        { name: 'first', value: { tag: 'text', val: 'one' } },
        { name: 'second', value: { tag: 'text', val: 'two' } },
      ];`,
    },
  });
});
afterAll(async () => server[Symbol.asyncDispose]());

const ask = async (query: string, init: RequestInit): Promise<[status: number, body: unknown]> => {
  const response = await fetch(`${server.url}/models/pair${query}`, { method: 'POST', ...init });
  return [response.status, await response.json()];
};

test('The query names the outputs that are wanted of a bare body, a form and JSON', async () => {
  const form = new FormData();
  form.set('text', 'hello');
  const json = JSON.stringify({ inputs: { text: 'hello' } });
  for (const body of ['hello', form, json]) {
    expect(await ask('?outputs=second', { body })).toEqual([200, { outputs: { second: 'two' } }]);
    expect(await ask('?outputs=first,second', { body })).toEqual([
      200,
      { outputs: { first: 'one', second: 'two' } },
    ]);
  }
});

test('JSON that names outputs goes before the query, and an unknown one is refused', async () => {
  const body = JSON.stringify({ inputs: { text: 'hello' }, outputs: ['first'] });
  expect(await ask('?outputs=second', { body })).toEqual([200, { outputs: { first: 'one' } }]);
  expect(await ask('?outputs=third', { body: 'hello' })).toEqual([
    400,
    { error: expect.stringContaining('third') },
  ]);
});
