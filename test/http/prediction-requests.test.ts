/** What clients send to a model of the open contract, in the forms that they have for it. */
import { Validator, type Schema } from '@cfworker/json-schema';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startScripted, type ScriptedServer } from '../support/scripted-predictor.ts';

let server: ScriptedServer;
beforeAll(async () => {
  const input = (name: string, kind: string): string =>
    `{ name: '${name}', description: '', kind: ${kind}, occurrence: 'optional' }`;
  const tensor = `{ tag: 'tensor', val: { elementType: 'uint8', shape: [undefined] } }`;
  const labels = `{ tag: 'labels' }`;
  server = await startScripted({
    labelled: {
      task: 'zero-shot-image-classification',
      describe: `return {
        inputs: [${input('image', `{ tag: 'file' }`).replace('optional', 'required')},
          ${input('candidate_labels', `{ tag: 'text' }`).replace('optional', 'repeated')}],
        parameters: [],
        outputs: [{ name: 'labels', description: '', kind: ${labels}, optional: false }],
      };`,
      predict: `return [{ name: 'labels', value: { tag: 'labels', val: of('candidate_labels').map((label) => ({ label, score: 0.5 })) } }];`,
      sample: { inputs: { image: 'hello', candidate_labels: ['cat'] }, expect: {} },
    },
    // As many rows of a table, or of a tensor.
    rows: {
      task: 'tabular-regression',
      describe: `return {
        inputs: [${input('rows', tensor)}, ${input('table', `{ tag: 'json' }`)}],
        parameters: [],
        outputs: [{ name: 'count', description: '', kind: { tag: 'json' }, optional: false }],
      };`,
      predict: `const [{ name, value }] = request.inputs;
        const count = value.tag === 'json' ? JSON.parse(value.val).data.x.length : value.val.data.length;
        return [{ name: 'count', value: { tag: 'json', val: JSON.stringify([name, count]) } }];`,
      sample: { inputs: { rows: [1] }, expect: {} },
    },
    // A table under the very name that it has in a request of Hugging Face's.
    data: {
      task: 'tabular-classification',
      describe: `return {
        inputs: [${input('data', `{ tag: 'json' }`)}],
        parameters: [],
        outputs: [{ name: 'told', description: '', kind: { tag: 'json' }, optional: false }],
      };`,
      predict: `return [{ name: 'told', value: { tag: 'json', val: of('data')[0] } }];`,
      sample: { inputs: { data: {} }, expect: {} },
    },
    repeats: {
      task: 'text-generation',
      describe: `return {
        inputs: [${input('text', `{ tag: 'text' }`)}],
        parameters: [],
        outputs: [{ name: 'text', description: '', kind: { tag: 'text' }, optional: false }],
      };`,
      predict: `const told = (val) => ({ name: 'text', value: { tag: 'text', val } });
        const [text] = of('text');
        for (const part of [text.slice(0, 2), 'taken back', text.slice(0, 4)]) report(told(part));
        return [told(text)];`,
    },
    told: {
      describe: `return {
        inputs: [${input('text', `{ tag: 'text' }`)}, ${input('facts', `{ tag: 'json' }`)}, ${input('bytes', tensor)}, ${input('blob', `{ tag: 'file' }`)}],
        parameters: [
          { name: 'count', description: '', kind: { tag: 'integer', val: { maximum: 9 } } },
          { name: 'text', description: '', kind: { tag: 'boolean' } },
          { name: 'speed', description: '', kind: { tag: 'text', val: { choices: ['slow', 'very fast'] } } },
          { name: 'many', description: '', kind: { tag: 'text', val: { choices: Array.from({ length: 256 }, (_, at) => String(at).repeat(300)) } } },
        ],
        outputs: [{ name: 'told', description: '', kind: { tag: 'json' }, optional: false }],
      };`,
      predict: `const told = request.inputs.map(({ name, value: { tag, val } }) =>
        [name, tag === 'file' ? [...val] : tag === 'tensor' ? [...val.data] : val]);
        const text = parameter('text');
        return [{ name: 'told', value: { tag: 'json', val: JSON.stringify(text === undefined ? told : [...told, text]) } }];`,
    },
  });
});
afterAll(async () => server[Symbol.asyncDispose]());

async function tell(body: string | FormData, type?: string, query = ''): Promise<unknown> {
  const response = await fetch(`${server.url}/models/told${query}`, {
    method: 'POST',
    body,
    ...(type !== undefined && { headers: { 'content-type': type } }),
  });
  const answer = (await response.json()) as { outputs?: { told: unknown }; error?: string };
  return answer.outputs?.told ?? answer.error;
}

test('A form may have a text, JSON and a tensor as files, which are longer than its fields', async () => {
  const long = 'x'.repeat(100_000);
  const form = new FormData();
  form.set('text', long);
  expect(await tell(form)).toBe('Field "text" has more than 65536 bytes: send it as a file (filename="…").');
  form.set('text', new Blob([long]), 'long.txt');
  form.set('facts', new Blob(['{"a":1}'], { type: 'application/json' }), 'facts.json');
  form.set('bytes', new Blob(['[1, 2]']), 'bytes.json');
  expect(await tell(form)).toEqual([
    ['text', long],
    ['facts', '{"a":1}'],
    ['bytes', [1, 2]],
  ]);
});

test('A file that is no text is refused where a text is taken', async () => {
  const form = new FormData();
  form.set('text', new Blob([Uint8Array.of(0xff)]), 'text.txt');
  expect(await tell(form)).toBe('The file of input "text" is no text in UTF-8.');
});

test('A bare file that is JSON is a file if its type says so', async () => {
  const json = '{"inputs":{"text":"hello"}}';
  const bytes = [...Buffer.from(json)];
  for (const type of ['application/octet-stream', 'application/x-ndjson'])
    expect(await tell(json, type)).toEqual([['blob', bytes]]);
  for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded'])
    expect(await tell(json, type)).toEqual([['text', 'hello']]);
});

test('A text that looks like JSON is a text if its type says so, where a text is all that the model needs', async () => {
  const json = '{"inputs":"hello"}';
  const ask = async (type: string): Promise<unknown> => {
    const headers = { 'content-type': type };
    return (await fetch(`${server.url}/models/repeats`, { method: 'POST', body: json, headers })).json();
  };
  for (const type of ['text/plain', 'text/plain; charset=utf-8'])
    expect(await ask(type)).toEqual([{ generated_text: json }]);
  const ofFetch = 'text/plain;charset=UTF-8';
  for (const type of ['application/json', 'application/x-www-form-urlencoded', ofFetch])
    expect(await ask(type)).toEqual([{ generated_text: 'hello' }]);
});

test("Generated text comes as Hugging Face's events, each with what was added; with named outputs as everywhere", async () => {
  const ask = async (more: object): Promise<string[]> => {
    const body = JSON.stringify({ inputs: 'hello', stream: true, ...more });
    const response = await fetch(`${server.url}/models/repeats`, { method: 'POST', body });
    return (await response.text()).split('\n\n').map((event) => event.replace(/^data: /, ''));
  };
  const event = (index: number, text: string, generated: string | null): string =>
    JSON.stringify({
      index,
      token: { id: 0, text, logprob: null, special: false },
      generated_text: generated,
      details: null,
    });
  expect(await ask({})).toEqual([event(1, 'he', null), event(2, 'll', null), event(3, 'o', 'hello'), '']);
  expect((await ask({ outputs: ['text'] })).slice(-3)).toEqual([
    '{"outputs":{"text":"hello"}}',
    '[DONE]',
    '',
  ]);
});

test('JSON keeps all digits of its whole numbers, as in a form', async () => {
  const facts = '{"id":[9007199254740993,-1234567890123456789]}';
  const form = new FormData();
  form.set('facts', facts);
  for (const told of [await tell(form), await tell(`{"inputs":{"facts":${facts}}}`, 'application/json')])
    expect(told).toEqual([['facts', facts]]);
});

test('JSON needs no inputs where none is required', async () => {
  expect(await tell('{"parameters":{"count":3}}', 'application/json')).toEqual([]);
});

test('A parameter that is no number is refused as it was written', async () => {
  const refusal = 'Parameter "count" is "many": expected a whole number up to 9.';
  const form = new FormData();
  form.set('count', 'many');
  expect(await tell(form)).toBe(refusal);
  expect(await tell('{"inputs":{}}', 'application/json', '?count=many')).toBe(refusal);
});

test('A text that is none of the choices is refused with what it is and what they are, both no longer than needed', async () => {
  const ask = async (parameters: object): Promise<unknown> =>
    tell(JSON.stringify({ parameters }), 'application/json');
  const expected = 'expected one of "slow", "very fast".';
  expect(await ask({ speed: 'fast' })).toBe(`Parameter "speed" is "fast": ${expected}`);
  expect(await ask({ speed: 7 })).toBe(`Parameter "speed" is 7: ${expected}`);
  expect(await ask({ speed: 'f'.repeat(10_000) })).toBe(
    `Parameter "speed" is "${'f'.repeat(39)}…: ${expected}`,
  );
  expect(await ask({ many: '' })).toMatch(/^Parameter "many" is "": expected one of "0{300}", "1{195}…\.$/);
});

test('A parameter in JSON is no input, though one has its name', async () => {
  const json = '{"inputs":{"text":"hello"},"parameters":{"text":true}}';
  expect(await tell(json, 'application/json')).toEqual([['text', 'hello'], true]);
});

test('The one value of a task may be a table or a tensor, alone or by its name', async () => {
  const ask = async (model: string, inputs: unknown): Promise<unknown> => {
    const body = JSON.stringify({ inputs });
    return (await fetch(`${server.url}/models/${model}`, { method: 'POST', body })).json();
  };
  const table = { data: { x: [1, 2, 3] } };
  expect(await ask('rows', table)).toEqual(['table', 3]);
  expect(await ask('rows', { table })).toEqual(['table', 3]);
  expect(await ask('rows', [1, 2])).toEqual(['rows', 2]);
  expect(await ask('rows', { shape: [2], data: [1, 2] })).toEqual(['rows', 2]);
  expect(await ask('rows', { rows: [1, 2] })).toEqual(['rows', 2]);
  expect(await ask('data', table)).toEqual(table);
});

test("The description of the API has what a task's clients send, with some inputs among the parameters", async () => {
  const api = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
    paths: Record<string, { post: { requestBody: { content: Record<string, { schema: unknown }> } } }>;
  };
  const schema = api.paths['/models/labelled']?.post.requestBody.content['application/json']?.schema;
  const check = new Validator(schema as Schema, '2020-12');
  const parameters = { candidate_labels: ['cat', 'dog'] };
  for (const inputs of ['aGk=', { image: 'aGk=' }]) {
    const body = { inputs, parameters };
    const response = await fetch(`${server.url}/models/labelled`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect([response.status, check.validate(body).valid]).toEqual([200, true]);
  }
  expect(check.validate({ inputs: { picture: 'aGk=' }, parameters }).valid).toBe(false);
  expect(check.validate({ inputs: 'aGk=', parameters: { candidate_labels: 'cat' } }).valid).toBe(false);
});

test('The description of the API has the bare file, and the outputs that the query may name', async () => {
  const api = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
    paths: Record<string, { post: { parameters: unknown; requestBody: { content: unknown } } }>;
  };
  const { parameters, requestBody } = api.paths['/models/told']?.post ?? {};
  expect(requestBody?.content).toHaveProperty(['application/octet-stream', 'schema', 'format'], 'binary');
  expect(parameters).toContainEqual(
    expect.objectContaining({ name: 'outputs', schema: { type: 'array', items: { enum: ['told'] } } }),
  );
});
