/** Inputs that are small as files and large in use: a schema of references, and a picture that claims to be large. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startScripted, type ScriptedServer } from '../support/scripted-predictor.ts';

/** Each definition names the next one twice: two to the power of thirty checks in two kilobytes. */
const DEPTH = 30;
const BOMB = {
  $defs: Object.fromEntries(
    Array.from({ length: DEPTH + 1 }, (_, at) => {
      const next = { $ref: `#/$defs/d${at + 1}` };
      return [`d${at}`, at === DEPTH ? { type: 'array' } : { allOf: [next, next] }];
    }),
  ),
  $ref: '#/$defs/d0',
};

/** The head of a PNG of 60,000 x 60,000 pixels, and nothing behind it. */
const LYING_PICTURE = Uint8Array.from(
  Buffer.from('89504e470d0a1a0a0000000d494844520000ea600000ea600802000000', 'hex'),
);

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScripted({
    bomb: {
      describe: `const output = (name, tag, val) => ({ name, description: '', kind: { tag, val }, optional: true });
        return {
          inputs: [{ name: 'text', description: '', kind: { tag: 'text' }, occurrence: 'required' }],
          parameters: [],
          outputs: [
            output('list', 'json', ${JSON.stringify(JSON.stringify(BOMB))}),
            output('picture', 'media', ['image/png']),
          ],
        };`,
      predict: `const gives = (name, tag, val) => [{ name, value: { tag, val } }];
        if (of('text')[0] === 'list') return gives('list', 'json', '[]');
        return gives('picture', 'media', { mediaType: 'image/png', data: new Uint8Array([${[...LYING_PICTURE].join()}]) });`,
      more: { limits: { deadlineMs: '3s' } },
    },
  });
}, 180_000);
afterAll(async () => server?.[Symbol.asyncDispose]());

test('A schema whose references multiply costs its own request, and others are answered meanwhile', async () => {
  const late = server.service.predict('bomb', { text: 'list' }).catch((error: unknown) => error);
  await expect(server.service.predict('bomb', { text: 'picture' })).resolves.toMatchObject({
    outputs: { picture: { mediaType: 'image/png' } },
  });
  expect(await late).toMatchObject({ code: 'deadline-exceeded' });
});

test('A picture whose header lies of its size is handed on as it is: nobody here opens it', async () => {
  const { outputs } = await server.service.predict('bomb', { text: 'picture' });
  expect(outputs).toEqual({ picture: { mediaType: 'image/png', bytes: LYING_PICTURE } });
});
