/** The tasks of Hugging Face that huggingface-tasks.test.ts asks no model of: what each is sent, and what it answers. */
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PREDICTION_TASKS } from '../../src/repository/task-names.ts';
import { wavFile } from '../media/support/sounds.ts';
import { startScripted, type ScriptedServer } from '../support/scripted-predictor.ts';
import { PICTURE, SOUND, taskModel, TEXT } from '../support/task-models.ts';

const JSON_KIND = `{ tag: 'json' }`;
const TENSOR = `{ tag: 'tensor', val: { elementType: 'float32', shape: [1, 2] } }`;
const MEDIA = (type: string) => `{ tag: 'media', val: ['${type}'] }`;

const png = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
  .png()
  .toBuffer();
const wav = Buffer.from(wavFile(new Uint8Array(3_200)));
const FOUND = [{ label: 'a', score: 0.5 }];

/** Answers by kind: what the component gives, and the JSON that goes out. */
const ANSWERS = {
  json: [JSON_KIND, `answer('json', JSON.stringify(${JSON.stringify(FOUND)}))`],
  labels: [`{ tag: 'labels' }`, `answer('labels', ${JSON.stringify(FOUND)})`],
  text: [TEXT, `answer('text', 'Größe')`],
  tensor: [
    TENSOR,
    `answer('tensor', { elementType: 'float32', shape: [1, 2], data: new Uint8Array(new Float32Array([1, 2]).buffer) })`,
  ],
  picture: [
    MEDIA('image/png'),
    `answer('media', { mediaType: 'image/png', data: new Uint8Array([137, 80]) })`,
  ],
  sound: [MEDIA('audio/wav'), `answer('media', { mediaType: 'audio/wav', data: new Uint8Array([82, 73]) })`],
} as const;

interface Case {
  inputs: Record<string, string>;
  gives: keyof typeof ANSWERS;
  /** In the place of what the kind of the answer gives. */
  answer?: unknown;
}

const NUMBERS = [[1, 2]];
const CASES: Record<string, Case> = {
  'image-classification': { inputs: { image: PICTURE }, gives: 'labels' },
  'image-segmentation': { inputs: { image: PICTURE }, gives: 'json' },
  'keypoint-detection': { inputs: { image: PICTURE }, gives: 'json' },
  'mask-generation': { inputs: { image: PICTURE }, gives: 'json' },
  'depth-estimation': { inputs: { image: PICTURE }, gives: 'json' },
  'automatic-speech-recognition': { inputs: { sound: SOUND }, gives: 'text', answer: { text: 'Größe' } },
  'token-classification': { inputs: { text: TEXT }, gives: 'json' },
  'fill-mask': { inputs: { text: TEXT }, gives: 'json' },
  translation: { inputs: { text: TEXT }, gives: 'text', answer: [{ translation_text: 'Größe' }] },
  'text-generation': { inputs: { text: TEXT }, gives: 'text', answer: [{ generated_text: 'Größe' }] },
  'image-feature-extraction': { inputs: { image: PICTURE }, gives: 'tensor', answer: NUMBERS },
  'document-question-answering': { inputs: { image: PICTURE, question: TEXT }, gives: 'json' },
  'visual-question-answering': { inputs: { image: PICTURE, question: TEXT }, gives: 'json' },
  'table-question-answering': { inputs: { query: TEXT, table: JSON_KIND }, gives: 'json' },
  'sentence-similarity': { inputs: { source_sentence: TEXT, sentences: TEXT }, gives: 'json' },
  'zero-shot-image-classification': {
    inputs: { image: PICTURE, candidate_labels: JSON_KIND },
    gives: 'labels',
  },
  'zero-shot-object-detection': { inputs: { image: PICTURE, candidate_labels: JSON_KIND }, gives: 'json' },
  'tabular-regression': { inputs: { table: JSON_KIND }, gives: 'tensor', answer: NUMBERS },
  'text-to-audio': { inputs: { text: TEXT }, gives: 'sound' },
  'text-to-image': { inputs: { text: TEXT }, gives: 'picture' },
  'image-to-image': { inputs: { image: PICTURE }, gives: 'picture' },
  'audio-to-audio': {
    inputs: { sound: SOUND },
    gives: 'sound',
    answer: [{ label: 'answer', blob: 'Ukk=', 'content-type': 'audio/wav' }],
  },
};

const valueOf = (kind: string): unknown => {
  if (kind === PICTURE) return png.toString('base64');
  if (kind === SOUND) return wav.toString('base64');
  return kind === JSON_KIND ? { columns: ['x'] } : 'a text';
};
const sampleOf = (kind: string): unknown => {
  if (kind === PICTURE) return { file: 'sample.png' };
  return kind === SOUND ? { file: 'sample.wav' } : valueOf(kind);
};
const valuesOf = (inputs: Record<string, string>, value: (kind: string) => unknown) =>
  Object.fromEntries(Object.entries(inputs).map(([name, kind]) => [name, value(kind)]));

let server: ScriptedServer;
beforeAll(async () => {
  const models = Object.entries(CASES).map(([task, { inputs, gives }]) => {
    const [kind, code] = ANSWERS[gives];
    const sample = { inputs: valuesOf(inputs, sampleOf), expect: {} };
    const files = { 'sample.png': png, 'sample.wav': wav };
    return [task, taskModel(task, inputs, kind, `return ${code};`, { sample, files })] as const;
  });
  server = await startScripted(Object.fromEntries(models));
}, 120_000);
afterAll(async () => server[Symbol.asyncDispose]());

test.each(Object.entries(CASES))('%s', async (task, { inputs, gives, answer }) => {
  const { candidate_labels, ...values } = valuesOf(inputs, valueOf);
  const parameters = candidate_labels === undefined ? {} : { candidate_labels };
  const [only] = Object.values(values);
  const body = JSON.stringify({ inputs: Object.keys(values).length === 1 ? only : values, parameters });
  const response = await fetch(`${server.url}/models/${task}`, { method: 'POST', body });
  expect(response.status).toBe(200);
  if (answer === undefined && (gives === 'picture' || gives === 'sound')) {
    const type = gives === 'picture' ? 'image/png' : 'audio/wav';
    expect(response.headers.get('content-type')).toBe(type);
    expect(await response.bytes()).toHaveLength(2);
  } else expect(await response.json()).toEqual(answer ?? FOUND);
});

test('leave no task out that a manifest may name', () => {
  const byClient =
    'audio-classification feature-extraction image-to-text object-detection prediction question-answering ' +
    'summarization tabular-classification text-classification text-to-speech zero-shot-classification';
  expect([...Object.keys(CASES), ...byClient.split(' ')].toSorted()).toEqual(
    [...PREDICTION_TASKS].toSorted(),
  );
});
