/** npm `@huggingface/inference` and models of the open contract, whose manifests name its tasks. */
import { InferenceClient } from '@huggingface/inference';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wavFile } from '../media/support/sounds.ts';
import { startScripted, type ScriptedServer } from '../support/scripted-predictor.ts';
import { PICTURE, SOUND, taskModel as model, TEXT } from '../support/task-models.ts';

const LABELS = `{ tag: 'labels' }`;
const JSON_OUT = `{ tag: 'json' }`;
const labels = `answer('labels', [{ label: of('text')[0] ?? 'bell', score: 0.75 }, { label: 'other', score: 0.25 }])`;

let server: ScriptedServer;
let png: Buffer;
const wav = Buffer.from(wavFile(new Uint8Array(3_200)));

beforeAll(async () => {
  png = await sharp({ create: { width: 100, height: 50, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  const ofPicture = { files: { 'sample.png': png }, sample: { file: 'sample.png', expect: {} } };
  const ofSound = { files: { 'sample.wav': wav }, sample: { file: 'sample.wav', expect: {} } };
  server = await startScripted({
    objects: model(
      'object-detection',
      { image: PICTURE },
      JSON_OUT,
      `const [{ originalWidth: xmax, originalHeight: ymax }] = of('image');
       const score = parameter('threshold');
       return answer('json', JSON.stringify([{ label: 'all', score, box: { xmin: 0, ymin: 0, xmax, ymax } }]));`,
      {
        ...ofPicture,
        parameters: `{ name: 'threshold', description: '', kind: { tag: 'number', val: { minimum: 0, maximum: 1, default: 0.5 } } }`,
      },
    ),
    events: model('audio-classification', { sound: SOUND }, LABELS, `return ${labels};`, ofSound),
    reading: model('image-to-text', { image: PICTURE }, TEXT, `return answer('text', 'STOP');`, ofPicture),
    mood: model('text-classification', { text: TEXT }, LABELS, `return ${labels};`),
    short: model('summarization', { text: TEXT }, TEXT, `return answer('text', of('text')[0].slice(0, 3));`),
    vectors: model(
      'feature-extraction',
      { text: TEXT },
      `{ tag: 'tensor', val: { elementType: 'float32', shape: [undefined, 2] } }`,
      `const data = new Uint8Array(new Float32Array([of('text')[0].length, 0.5]).buffer);
       return answer('tensor', { elementType: 'float32', shape: [1, 2], data });`,
    ),
    answers: model(
      'question-answering',
      { question: TEXT, context: TEXT },
      JSON_OUT,
      `return answer('json', JSON.stringify({ answer: of('context')[0], score: 1, start: 0, end: of('question')[0].length }));`,
      { sample: { inputs: { question: 'a', context: 'b' }, expect: {} } },
    ),
    table: model(
      'tabular-classification',
      { table: JSON_OUT },
      JSON_OUT,
      `return answer('json', JSON.stringify(JSON.parse(of('table')[0]).data.x.map(Number)));`,
      { sample: { inputs: { table: { data: { x: ['1'] } } }, expect: {} } },
    ),
    zero: model(
      'zero-shot-classification',
      { text: TEXT, candidate_labels: JSON_OUT },
      LABELS,
      `return answer('labels', JSON.parse(of('candidate_labels')[0]).map((label, at) => ({ label, score: 1 / (at + 1) })));`,
      { sample: { inputs: { text: 'a', candidate_labels: ['b'] }, expect: {} } },
    ),
    voice: model(
      'text-to-speech',
      { text: TEXT },
      `{ tag: 'media', val: ['audio/wav'] }`,
      `return answer('media', { mediaType: 'audio/wav', data: new Uint8Array([82, 73, 70, 70]) });`,
    ),
  });
});
afterAll(async () => server[Symbol.asyncDispose]());

const client = (name: string) => new InferenceClient('any').endpoint(`${server.url}/models/${name}`);

test('objectDetection gives boxes in the pixels of the picture that was sent', async () => {
  expect(await client('objects').objectDetection({ inputs: new Blob([new Uint8Array(png)]) })).toEqual([
    { label: 'all', score: 0.5, box: { xmin: 0, ymin: 0, xmax: 100, ymax: 50 } },
  ]);
});

test('a parameter in the URL reaches the component as the number that it is', async () => {
  const [box] = await client('objects?threshold=0.25').objectDetection({
    inputs: new Blob([new Uint8Array(png)]),
  });
  expect(box?.score).toBe(0.25);
});

test('audioClassification gives labels', async () => {
  const found = await client('events').audioClassification({ inputs: new Blob([new Uint8Array(wav)]) });
  expect(found[0]).toEqual({ label: 'bell', score: 0.75 });
});

test('imageToText gives the text', async () => {
  const found = await client('reading').imageToText({ inputs: new Blob([new Uint8Array(png)]) });
  expect(found.generated_text).toBe('STOP');
});

test('textClassification gives labels of the text', async () => {
  expect((await client('mood').textClassification({ inputs: 'fine' }))[0]).toEqual({
    label: 'fine',
    score: 0.75,
  });
});

test('summarization gives the summary', async () => {
  expect(await client('short').summarization({ inputs: 'a long text' })).toEqual({ summary_text: 'a l' });
});

test('featureExtraction gives numbers, nested as the tensor is', async () => {
  expect(await client('vectors').featureExtraction({ inputs: 'four' })).toEqual([[4, 0.5]]);
});

test('featureExtraction by the path that the client makes for it', async () => {
  const response = await fetch(`${server.url}/models/vectors/pipeline/feature-extraction`, {
    method: 'POST',
    body: JSON.stringify({ inputs: 'four' }),
  });
  expect(await response.json()).toEqual([[4, 0.5]]);
});

test('a path to another task than that of the model is refused with both', async () => {
  const response = await fetch(`${server.url}/models/mood/pipeline/feature-extraction`, {
    method: 'POST',
    body: JSON.stringify({ inputs: 'four' }),
  });
  expect([response.status, await response.json()]).toEqual([
    404,
    {
      error:
        'Model "mood" does text-classification, and the path is for feature-extraction: ask it by /models/mood.',
    },
  ]);
});

test('questionAnswering gives the answer to both inputs', async () => {
  const inputs = { question: 'who?', context: 'me' };
  expect(await client('answers').questionAnswering({ inputs })).toEqual({
    answer: 'me',
    score: 1,
    start: 0,
    end: 4,
  });
});

test('tabularClassification gives a class for each row', async () => {
  const inputs = { data: { x: ['1', '0'] } };
  expect(await client('table').tabularClassification({ inputs })).toEqual([1, 0]);
});

test("a table comes to a model as other clients send it, where it is sent as Hugging Face's Python client does", async () => {
  const body = JSON.stringify({ parameters: {}, table: { x: ['1', '0'] } });
  const response = await fetch(`${server.url}/models/table`, { method: 'POST', body });
  expect(await response.json()).toEqual([1, 0]);
  const other = await fetch(`${server.url}/models/mood`, { method: 'POST', body });
  expect([other.status, await other.json()]).toEqual([
    400,
    { error: expect.stringContaining('There is no field "table" in this request') as string },
  ]);
});

test('zeroShotClassification takes the labels that are among its parameters', async () => {
  const parameters = { candidate_labels: ['a', 'b'] };
  const found = await client('zero').zeroShotClassification({ inputs: 'text', parameters });
  expect(found).toEqual([
    { label: 'a', score: 1 },
    { label: 'b', score: 0.5 },
  ]);
});

test('textToSpeech gives the file', async () => {
  const blob = await client('voice').textToSpeech({ inputs: 'hello' });
  expect([blob.type, await blob.text()]).toEqual(['audio/wav', 'RIFF']);
});
