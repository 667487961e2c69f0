import { writeFile } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSandpiper, type FileInput, type Sandpiper } from '../../src/index.ts';
import { imageModel, readSample, speechModel, usualModels } from '../support/models.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const LIMIT = 2_000_000;

let sandpiper: Sandpiper;
let photo: Buffer<ArrayBuffer>;
let sound: Buffer<ArrayBuffer>;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  [photo, sound] = [(await readSample(imageModel)).bytes, (await readSample(speechModel)).bytes];
  folder = await temporaryFolder('sandpiper-library-');
  await writeFile(join(folder.path, 'photo'), photo);
  sandpiper = await openSandpiper({
    models: usualModels(),
    logLevel: 'silent',
    limits: { uploadBytes: LIMIT },
  });
});
afterAll(async () => {
  await sandpiper.close();
  await folder[Symbol.asyncDispose]();
});

const photoPath = () => join(folder.path, 'photo');
const classify = async (options: object, file: FileInput = photo) =>
  sandpiper.classify(imageModel, file, options);
const transcribe = async (options: object) => sandpiper.transcribe(speechModel, sound, options);

describe('A file may be', () => {
  test.each<[string, () => FileInput]>([
    ['a Uint8Array', () => new Uint8Array(photo)],
    ['an ArrayBuffer', () => new Uint8Array(photo).buffer],
    ['a Blob', () => new Blob([photo])],
    ['a File', () => new File([photo], 'photo.png')],
    ["a stream of the web's", () => new Blob([photo]).stream()],
    ["a stream of Node's", () => createReadStream(photoPath(), { highWaterMark: 1_000 })],
    ['a path', photoPath],
    ['a URL of a file', () => pathToFileURL(photoPath())],
  ])('%s', async (_, file) => {
    const { predictions } = await classify({ topK: 1 }, file());
    expect(predictions).toMatchObject([{ label: 'espresso' }]);
  });

  test.each<[string, () => FileInput, object]>([
    ['nothing', () => null as unknown as FileInput, { code: 'invalid-request' }],
    ['a number', () => 7 as unknown as FileInput, { code: 'invalid-request' }],
    ['a path to nothing', () => '/no/such/file', { code: 'invalid-request' }],
    ['a path to a folder', () => folder.path, { code: 'invalid-request' }],
    ['a stream of text', () => createReadStream(photoPath(), 'utf8'), { code: 'invalid-request' }],
    ['bytes over uploadBytes', () => new Uint8Array(LIMIT + 1), { code: 'input-too-large' }],
    ['a Blob over uploadBytes', () => new Blob([new Uint8Array(LIMIT + 1)]), { code: 'input-too-large' }],
    ['a stream without an end', endless, { code: 'input-too-large' }],
  ])('and is refused as %s', async (_, file, refusal) => {
    await expect(classify({}, file())).rejects.toMatchObject({ name: 'SandpiperError', ...refusal });
  });
});

async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) yield new Uint8Array(65_536);
}

describe('Options are checked as those of HTTP are:', () => {
  test.each([
    [{ topK: -1 }, 'Option "topK": expected a whole number from 1 to 100000.'],
    [{ topK: 0 }, 'Option "topK": expected a whole number from 1 to 100000.'],
    [{ topK: 1.5 }, 'Option "topK": expected a whole number from 1 to 100000.'],
    [{ topK: 2 ** 32 }, 'Option "topK": expected a whole number from 1 to 100000.'],
    [{ topK: '3' }, 'Option "topK": expected a whole number from 1 to 100000.'],
    [{ scoreFunction: 'tanh' }, 'Option "scoreFunction": expected softmax, sigmoid or none.'],
    [{ top_k: 3 }, 'There is no option "top_k"'],
    [{ signal: {} }, 'Option "signal": expected an AbortSignal.'],
    [{ deadlineMs: Number.NaN }, 'Option "deadlineMs": expected milliseconds, more than 0.'],
    [{ deadlineMs: -5 }, 'Option "deadlineMs": expected milliseconds, more than 0.'],
    [{ priority: 'high' }, 'Option "priority": expected a whole number.'],
    [7, 'The options: expected an object.'],
  ])('%j of a photo', async (options, message) => {
    await expect(classify(options as object)).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringContaining(message),
    });
  });

  test.each([
    [{ language: 'english' }, 'Option "language": expected an ISO 639-1 code such as "en".'],
    [{ temperature: 2 }, 'Option "temperature": expected a number from 0 to 1.'],
    [{ prompt: 7 }, 'Option "prompt": expected one text.'],
    [{ wordTimestamps: 'yes' }, 'Option "wordTimestamps": expected true or false.'],
    [{ onProgress: 'loud' }, 'Option "onProgress": expected a function.'],
  ])('%j of a sound', async (options, message) => {
    await expect(transcribe(options)).rejects.toMatchObject({ code: 'invalid-request', message });
  });

  test.each([
    [undefined, 'Expected a list of tensors'],
    [[undefined], 'Input 0: expected a text as name.'],
    [[{ name: 'x', datatype: 'FP32', shape: 1, data: new Uint8Array(4) }], 'list of whole numbers as shape'],
    [[{ name: 'x', datatype: 'FP32', shape: [1], data: [1] }], 'expected a Uint8Array'],
  ])('%j for tensors', async (inputs, message) => {
    await expect(sandpiper.infer(imageModel, inputs as never)).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringContaining(message),
    });
  });

  test('and set no model aside, however often they are wrong', async () => {
    const wrong = Array.from({ length: 10 }, async () => classify({ scoreFunction: 'tanh' }));
    await Promise.allSettled(wrong);
    expect((await classify({ topK: 2 })).predictions).toHaveLength(2);
  });

  test('and a language may be written in capitals', async () => {
    expect((await transcribe({ language: 'EN' })).text).toContain('Ever tried');
  });
});

describe('A request that is given up rejects with the reason of its signal', () => {
  const reason = new Error('the user left');

  test('before it began', async () => {
    await expect(classify({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('in the middle of a sound', async () => {
    const controller = new AbortController();
    const asked = transcribe({ signal: controller.signal, onProgress: () => controller.abort(reason) });
    await expect(asked).rejects.toBe(reason);
  });

  test('while its file is read', async () => {
    const controller = new AbortController();
    const stream = new ReadableStream<Uint8Array>({ pull: () => controller.abort(reason) });
    await expect(classify({ signal: controller.signal }, stream)).rejects.toBe(reason);
  });

  test("with the platform's own where none was given, a timeout included", async () => {
    await expect(classify({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
    const never = new ReadableStream<Uint8Array>();
    await expect(classify({ signal: AbortSignal.timeout(1) }, never)).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });
});

describe('A callback that fails', () => {
  const mistake = new Error('a mistake of the caller');

  test.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw mistake;
      },
    ],
    ['rejects', async () => Promise.reject(mistake)],
  ])('and %s fails its own request, and no model', async (_, onProgress) => {
    for (let i = 0; i < 6; i++) await expect(transcribe({ onProgress })).rejects.toBe(mistake);
    expect((await transcribe({})).text).toContain('Ever tried');
  });
});

describe('Messages speak of what a program can do', () => {
  const flagOrRoute = /--[a-z]|\b(GET|POST) \/|Protocol/;

  test.each<[string, () => Promise<unknown>, string]>([
    ['a model that is not there', async () => sandpiper.classify('none', photo), 'not-found'],
    ['no name of a model', async () => sandpiper.classify(undefined as never, photo), 'not-found'],
    ['a task of another model', async () => sandpiper.classify(speechModel, photo), 'invalid-request'],
    ['a file of another kind', async () => classify({}, sound), 'unsupported-media'],
    ['a folder that is not there', async () => openSandpiper({ models: '/no/such' }), 'invalid-config'],
    ['a folder without a model', async () => openSandpiper({ models: folder.path }), 'invalid-config'],
    ['a setting that is wrong', async () => openSandpiper({ port: -1 }), 'invalid-config'],
  ])('about %s', async (_, ask, code) => {
    const error = await ask().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'SandpiperError', code });
    expect((error as Error).message).not.toMatch(flagOrRoute);
  });
});
