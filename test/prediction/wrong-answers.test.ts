/**
 * Components of the open contract that do what none should, each beside a request that is answered: outputs that are
 * missing or of another form, media that nobody sent, patterns that take for ever. hostile.test.ts has the rest.
 */
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startScripted, type ScriptedModel, type ScriptedServer } from '../support/scripted-predictor.ts';

const SCHEMA = {
  type: 'array',
  items: { type: 'object', required: ['x'], properties: { x: { type: 'number' } } },
};

/** Does what its text says, in JavaScript. */
const OBEDIENT: ScriptedModel = {
  describe: `const any = (name, tag, val) => ({ name, description: '', kind: { tag, val }, optional: true });
    const input = (name, tag, val) => ({ name, description: '', kind: { tag, val }, occurrence: 'optional' });
    const size = { tag: 'exact', val: { width: 4, height: 4, fit: 'stretch' } };
    return {
      inputs: [
        input('text', 'text'),
        input('json', 'json', '{"type":"string","pattern":"^(a+)+$"}'),
        input('picture', 'picture', { size, filter: 'nearest', format: 'rgb8', regions: true }),
      ],
      parameters: [],
      outputs: [
        any('json', 'json', ${JSON.stringify(JSON.stringify(SCHEMA))}),
        any('slow', 'json', '{"type":"string","pattern":"^(a+)+$"}'),
        any('text', 'text'),
        any('tensor', 'tensor', { elementType: 'float32', shape: [undefined, 2] }),
        { name: 'always', description: '', kind: { tag: 'text' }, optional: false },
      ],
    };`,
  predict: `const out = (name, tag, val) => ({ name, value: { tag, val } });
    const always = out('always', 'text', 'there');
    const code = of('text')[0] ?? 'return [always]';
    return new Function('out', 'always', 'media', 'report', code)(out, always, media, report);`,
  sample: { inputs: { text: 'return [always]' }, expect: { always: 'there' } },
  more: { limits: { outputBytes: 100_000 } },
};

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScripted({ obedient: OBEDIENT });
});
afterAll(async () => server[Symbol.asyncDispose]());

const tell = async (text: string, inputs = {}, options = {}) =>
  server.service.predict('obedient', { text, ...inputs }, options);
/** Also keeps the model from being set aside, which five failures in a row would do. */
const good = async () => expect((await tell('return [always]')).outputs).toEqual({ always: 'there' });

describe('An answer is refused in words, and the next request is answered, where a component gives', () => {
  test.each([
    ['no output where it said that there is one', 'return []', 'no output "always"'],
    [
      'a tensor of another shape',
      "return [always, out('tensor', 'tensor', { elementType: 'float32', shape: [3], data: new Uint8Array(12) })]",
      'shape [3]',
    ],
    [
      'a tensor of another type',
      "return [always, out('tensor', 'tensor', { elementType: 'uint8', shape: [1, 2], data: new Uint8Array(2) })]",
      'uint8',
    ],
    ['a part of an answer that does not fit', "report(out('json', 'json', '{}')); return [always]", '"json"'],
  ])('%s', async (_, code, words) => {
    await expect(tell(code)).rejects.toMatchObject({
      code: 'wrong-answer',
      message: expect.stringContaining(words),
    });
    await good();
  });
});

describe('A component is ended, and the next request is answered, where it', () => {
  test.each([
    ['reads a sound that nobody sent', "media.readSound('text', 0, 0, 1); return [always]"],
    [
      'reads a part of a picture that nobody sent',
      "media.readRegion('picture', 0, { left: 0, top: 0, width: 1, height: 1 }, 1, 1, 'rgb8'); return [always]",
    ],
  ])('%s', async (_, code) => {
    await expect(tell(code)).rejects.toMatchObject({ code: 'component-failed' });
    await good();
  });

  test.each([
    ['without pixels', '{ left: 0, top: 0, width: 0, height: 1 }, 1, 1'],
    ['of no size', '{ left: 0, top: 0, width: NaN, height: 1 }, 1, 1'],
    ['larger than there may be', '{ left: 0, top: 0, width: 1, height: 1 }, 5000, 1'],
  ])('reads a part of a picture %s', async (_, region) => {
    const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    const code = `media.readRegion('picture', 0, ${region}, 'rgb8'); return [always]`;
    await expect(tell(code, { picture })).rejects.toMatchObject({ code: 'component-failed' });
    await good();
  });
});

test('a part of a picture far beyond its edges is black, and costs no more than its size', async () => {
  const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  const code = `const read = (left, width) => [...media.readRegion('picture', 0, { left, top: 0, width, height: 8 }, 2, 1, 'rgb8')];
    return [always, out('text', 'text', JSON.stringify([read(0, 8), read(-8, 16), read(1e30, 8), read(-1e30, 2e30), read(4, 1)]))]`;
  const { outputs } = await server.service.predict<{ text: string }>('obedient', { text: code, picture });
  const [red, black] = [
    [255, 0, 0],
    [0, 0, 0],
  ];
  expect(JSON.parse(outputs.text)).toEqual([
    [...red, ...red],
    [...black, ...red],
    [...black, ...black],
    [...black, ...black],
    [...red, ...red],
  ]);
});

test('a schema that takes for ever costs its own request, whichever side its text comes from', async () => {
  const hurried = { deadlineMs: 2_000 };
  const bomb = `${'a'.repeat(40)}!`;
  const code = `return [always, out('slow', 'json', JSON.stringify(${JSON.stringify(bomb)}))]`;
  const late = { code: 'deadline-exceeded' };
  // Beside one another: the good request does not wait for the other.
  await Promise.all([expect(tell(code, {}, hurried)).rejects.toMatchObject(late), good()]);
  await Promise.all([
    expect(tell('return [always]', { json: bomb }, hurried)).rejects.toMatchObject(late),
    good(),
  ]);
});
