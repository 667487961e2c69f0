/**
 * Components of the open contract that answer or describe what they must not: each fails its own request, with its reason
 * in the log, or is not served; a good request beside it is answered.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startScripted, type ScriptedModel, type ScriptedServer } from '../support/scripted-predictor.ts';

const TEXT_INPUT = `{ name: 'text', description: '', kind: { tag: 'text' }, occurrence: 'required' }`;

function describes(outputs: string, inputs = ''): string {
  return `return { inputs: [${TEXT_INPUT}, ${inputs}], parameters: [], outputs: [${outputs}] }`;
}

function output(name: string, kind: string): string {
  return `{ name: '${name}', description: '', kind: ${kind}, optional: true }`;
}

function gives(name: string, tag: string, value: string): string {
  return `{ name: '${name}', value: { tag: '${tag}', val: ${value} } }`;
}

const BOXES = `{ tag: 'json', val: '{"type":"array","items":{"type":"object","required":["score"]}}' }`;
/** The head of a PNG of 60,000 x 60,000 pixels, and nothing behind it. */
const LYING_PICTURE = Uint8Array.from(
  Buffer.from('89504e470d0a1a0a0000000d494844520000ea600000ea600802000000', 'hex'),
);

/** Two to the power of thirty checks. */
const BOMB = `(() => {
  const defs = { d30: { type: 'array' } };
  for (let at = 0; at < 30; at++) defs['d' + at] = { allOf: [{ $ref: '#/$defs/d' + (at + 1) }, { $ref: '#/$defs/d' + (at + 1) }] };
  return JSON.stringify({ $defs: defs, $ref: '#/$defs/d0' });
})()`;

/** What it does is said by its text. */
const ATTACKS: Readonly<Record<string, [what: string, predict: string, reason: RegExp]>> = {
  'off-schema': [
    'JSON that does not fit its schema',
    `return [${gives('boxes', 'json', `'[{"label":"cat"}]'`)}]`,
    /"boxes", which does not fit its JSON schema at #\/0/,
  ],
  'no-json': [
    'JSON that is none',
    `return [${gives('boxes', 'json', `'[{'`)}]`,
    /"boxes", which is not JSON/,
  ],
  many: [
    '10,000 outputs',
    `return Array.from({ length: 10_000 }, (_, at) => (${gives("' + at + '", 'text', `'x'`)}))`,
    /the output "0", of which it has not said that there is one/,
  ],
  'many-of-one': [
    'one output 10,000 times',
    `return Array.from({ length: 10_000 }, () => (${gives('text', 'text', `'x'`)}))`,
    /the output "text" twice/,
  ],
  'another-kind': [
    'a text where it said labels',
    `return [${gives('labels', 'text', `'cat'`)}]`,
    /"labels" as text, and said labels/,
  ],
  'no-number': [
    'a score that is no number',
    `return [${gives('labels', 'labels', `[{ label: 'cat', score: NaN }]`)}]`,
    /"labels" with the score NaN, which is no number/,
  ],
  'large-shape': [
    'a tensor whose shape is beyond its data',
    `return [${gives('tensor', 'tensor', `{ elementType: 'float32', shape: [65536, 65536], data: new Uint8Array(4) }`)}]`,
    /"tensor" of shape \[65536, 65536\] with 4 bytes of data/,
  ],
  'overflowing-shape': [
    'a tensor whose shape has more elements than a number can count',
    `return [${gives('tensor', 'tensor', `{ elementType: 'float32', shape: [2147483647, 2147483647], data: new Uint8Array(4) }`)}]`,
    /"tensor" of shape \[2147483647, 2147483647\] with 4 bytes of data/,
  ],
  'long-text-tensor': [
    'a text in a tensor that is longer than the tensor',
    `return [${gives('texts', 'tensor', `{ elementType: 'text', shape: [1], data: Uint8Array.of(255, 255, 255, 255, 65) }`)}]`,
    /"texts" of shape \[1\] with 5 bytes of data/,
  ],
  'other-media': [
    'a page where it said a picture',
    `return [${gives('picture', 'media', `{ mediaType: 'text/html', data: new Uint8Array(1) }`)}]`,
    /"picture" of type "text\/html", and said image\/png/,
  ],
  'large-answer': [
    'a picture of 8 MB',
    `return [${gives('picture', 'media', `{ mediaType: 'image/png', data: new Uint8Array(8_000_000) }`)}]`,
    /outputBytes/,
  ],
  'endless-partial': [
    'partial outputs without end',
    `for (;;) report(${gives('text', 'text', `'x'`)})`,
    /outputBytes/,
  ],
  'large-partial': [
    'a partial output of 8 MB',
    `report(${gives('picture', 'media', `{ mediaType: 'image/png', data: new Uint8Array(8_000_000) }`)}); return []`,
    /outputBytes/,
  ],
  'off-schema-partial': [
    'a partial output that does not fit its schema',
    `report(${gives('boxes', 'json', `'{}'`)}); return []`,
    /"boxes", which does not fit its JSON schema/,
  ],
  'unknown-partial': [
    'a partial output that it never said',
    `report(${gives('other', 'text', `'x'`)}); return []`,
    /the output "other", of which it has not said that there is one/,
  ],
  'absent-sound': [
    'the samples of a sound that was not given',
    `media.readSound('sound', 0, 0, 1); return []`,
    /There is no sound 0 of input "sound"/,
  ],
  'absent-picture': [
    'a region of an input that is a text',
    `media.readRegion('text', 0, { left: 0, top: 0, width: 1, height: 1 }, 1, 1, 'rgb8'); return []`,
    /There is no picture 0 of input "text"/,
  ],
};

const HOSTILE: ScriptedModel = {
  describe: describes(
    [
      output('text', `{ tag: 'text' }`),
      output('labels', `{ tag: 'labels' }`),
      output('boxes', BOXES),
      output('tensor', `{ tag: 'tensor', val: { elementType: 'float32', shape: [undefined, undefined] } }`),
      output('texts', `{ tag: 'tensor', val: { elementType: 'text', shape: [undefined] } }`),
      output('picture', `{ tag: 'media', val: ['image/png'] }`),
    ].join(),
    `{ name: 'sound', description: '', kind: { tag: 'sound', val: { sampleRate: 16000 } }, occurrence: 'optional' }`,
  ),
  predict: `const attacks = {
    ${Object.entries(ATTACKS)
      .map(([name, [, predict]]) => `'${name}'() { ${predict} }`)
      .join()}
  };
  const [text] = of('text');
  if (text === 'lying-picture') return [${gives('picture', 'media', `{ mediaType: 'image/png', data: Uint8Array.from([${[...LYING_PICTURE].join()}]) }`)}];
  return attacks[text]?.() ?? [${gives('text', 'text', 'text')}];`,
  more: { limits: { memoryBytes: '64MiB', outputBytes: '1MiB', deadlineMs: '20s' } },
};

/** Its schema takes for ever to hold an answer to; its pattern as well. */
const SLOW_SCHEMAS: Readonly<Record<string, ScriptedModel>> = {
  bomb: {
    describe: describes(output('list', `{ tag: 'json', val: ${BOMB} }`)),
    predict: `return of('text')[0] === 'hello' ? [] : [${gives('list', 'json', `'[]'`)}]`,
    more: { limits: { deadlineMs: '5s' } },
  },
  pattern: {
    describe: describes(output('word', `{ tag: 'json', val: '{"type":"string","pattern":"^(a+)+$"}' }`)),
    predict: `return of('text')[0] === 'hello' ? [] : [${gives('word', 'json', `JSON.stringify('a'.repeat(60) + '!')`)}]`,
    more: { limits: { deadlineMs: '5s' } },
  },
};

/** Descriptions that are refused when the model is loaded. */
const REFUSED: Readonly<Record<string, [what: string, describe: string, reason: RegExp]>> = {
  'deep-schema': [
    'a schema of a thousand levels',
    describes(output('deep', `{ tag: 'json', val: '{"items":'.repeat(1000) + 'true' + '}'.repeat(1000) }`)),
    /the JSON schema of .*deep.* is nested more than 32 levels deep/,
  ],
  'large-schema': [
    'a schema of a megabyte',
    describes(output('large', `{ tag: 'json', val: JSON.stringify({ title: 'x'.repeat(1_000_000) }) }`)),
    /the JSON schema of .*large.* has 10000\d\d characters, expected at most 65536/,
  ],
  'outside-schema': [
    'a schema that is elsewhere',
    describes(output('outside', `{ tag: 'json', val: '{"$ref":"http://127.0.0.1/schema.json"}' }`)),
    /refers to http:\/\/127\.0\.0\.1\/schema\.json, outside of itself/,
  ],
  'many-outputs': [
    '10,000 outputs',
    `return { inputs: [${TEXT_INPUT}], parameters: [],
      outputs: Array.from({ length: 10_000 }, (_, at) => (${output("o' + at + '", `{ tag: 'text' }`)})) }`,
    /10000 outputs, expected/,
  ],
  'odd-name': [
    'an output with a line break in its name',
    describes(output('a\\\\nb', `{ tag: 'text' }`)),
    /name/,
  ],
};

let server: ScriptedServer;

beforeAll(async () => {
  const refused = Object.entries(REFUSED).map(([name, [, described]]) => [
    name,
    { describe: described, predict: 'return []' },
  ]);
  server = await startScripted({
    hostile: HOSTILE,
    ...SLOW_SCHEMAS,
    ...(Object.fromEntries(refused) as Record<string, ScriptedModel>),
  });
}, 180_000);
afterAll(async () => server?.[Symbol.asyncDispose]());

afterEach(async () => {
  const { outputs } = await server.service.predict('hostile', { text: 'still here' });
  expect(outputs).toEqual({ text: 'still here' });
});

describe('A component that answers', () => {
  test.each(Object.entries(ATTACKS).map(([name, [what, , reason]]) => ({ name, what, reason })))(
    'with $what, fails with 502, and the log says why',
    async ({ name, reason }) => {
      const before = server.log.length;
      const failed: unknown = await server.service
        .predict('hostile', { text: name }, { onPartial: () => {} })
        .catch((error: unknown) => error);
      expect(failed).toMatchObject({ status: 502 });
      // What a component has done is for the log.
      const told = server.log.slice(before).map(({ message, trap }) => String(message ?? trap));
      expect(told).toContainEqual(expect.stringMatching(reason));
    },
  );

  test('what its schema takes for ever to check, has its deadline', async () => {
    const late = Object.keys(SLOW_SCHEMAS).map(async (name) =>
      expect(server.service.predict(name, { text: 'attack' })).rejects.toMatchObject({
        code: 'deadline-exceeded',
      }),
    );
    await Promise.all(late);
  });

  test('with a picture whose header lies of its size, is answered for: nobody here opens it', async () => {
    const { outputs } = await server.service.predict('hostile', { text: 'lying-picture' });
    expect(outputs).toEqual({ picture: { mediaType: 'image/png', bytes: LYING_PICTURE } });
  });
});

describe('A component that describes', () => {
  test.each(Object.entries(REFUSED).map(([name, [what, , reason]]) => ({ name, what, reason })))(
    '$what, is not served',
    ({ name, reason }) => {
      const found = server.service.notServed.find(({ model }) => model === name);
      expect(found?.reason).toMatch(reason);
    },
  );
});
