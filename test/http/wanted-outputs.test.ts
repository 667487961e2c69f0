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
      predict: `
        for (const name of ['first', 'second']) report({ name, value: { tag: 'text', val: 'half' } });
        return [
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
    for (const both of ['?outputs=first,second', '?outputs=first&outputs=second']) {
      expect(await ask(both, { body })).toEqual([200, { outputs: { first: 'one', second: 'two' } }]);
    }
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

test('A stream has no partial outputs but those that are wanted', async () => {
  const response = await fetch(`${server.url}/models/pair?outputs=second`, {
    method: 'POST',
    body: 'hello',
    headers: { accept: 'text/event-stream' },
  });
  expect((await response.text()).split('\n\n')).toEqual([
    'data: {"partial":{"second":"half"}}',
    'data: {"outputs":{"second":"two"}}',
    'data: [DONE]',
    '',
  ]);
});
