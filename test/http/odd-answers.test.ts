/** A component's answer is checked against the contract: mended where that says how, otherwise 502 in words. */
import { openSandpiper } from '../../src/index.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pictureTo, startColourServer, type ColourServer } from '../support/colour-models.ts';
import {
  soundTo,
  speechGuest,
  startSpeechServer,
  writeSpeechGuest,
  type SpeechServer,
} from '../support/speech-guest.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let pictures: ColourServer;
let speech: SpeechServer;
beforeAll(async () => {
  pictures = await startColourServer({ odd: {} });
  speech = await startSpeechServer();
});
afterAll(async () => {
  await pictures[Symbol.asyncDispose]();
  await speech[Symbol.asyncDispose]();
});

async function ask(url: string, body: Buffer): Promise<[status: number, answer: unknown]> {
  const response = await fetch(url, { method: 'POST', body: Uint8Array.from(body) });
  return [response.status, await response.json()];
}

test.each([
  ['scoreNoNumber', 'class 0 the score NaN, which is no number'],
  ['classBeyondLabels', 'class 3, and the model has labels for 3 classes, counted from 0'],
  ['repeatClass', 'class 2 twice in one answer'],
] as const)('A classifier’s answer %s is 502 in words', async (what, words) => {
  const [status, answer] = await ask(`${pictures.url}/models/odd`, await pictureTo(what));
  expect([status, answer]).toEqual([502, { error: `The component of model odd gave ${words}.` }]);
});

test('Classes come best first, equal scores by lower index, however the component had them', async () => {
  const classes = await ask(`${pictures.url}/models/odd`, await pictureTo('shuffle'));
  expect(classes).toEqual([
    200,
    [
      { label: 'red', score: 0.5 },
      { label: 'green', score: 0.25 },
      { label: 'blue', score: 0.25 },
    ],
  ]);
});

test('A client gets no more classes than it asked for', async () => {
  const { predictions } = await pictures.service.classify('odd', await pictureTo('shuffle'), { topK: 2 });
  expect(predictions.map(({ label }) => label)).toEqual(['red', 'green']);
});

test.each([
  ['endBeforeStart', 'segment 0 the time 0.2 to 0.1 behind 0: times run backwards'],
  ['timeNoNumber', 'segment 0, word 0 the time NaN to 0.05, which is no number of seconds'],
  ['wordBeforeLast', 'segment 0, word 1 the time 0.01 to 0.1 behind 0.05: times run backwards'],
  ['probabilityNoNumber', 'segment 0 the probability NaN, which is no number'],
] as const)('A transcriber’s answer %s is 502 in words', async (what, words) => {
  const [status, answer] = await ask(`${speech.url}/models/${speechGuest}`, soundTo(what));
  expect([status, answer]).toEqual([502, { error: `The component of model ${speechGuest} gave ${words}.` }]);
});

test('Progress that runs backwards fails the request that listens', async () => {
  const transcript = speech.service.transcribe(speechGuest, soundTo('progressBackwards'), {
    onProgress: () => undefined,
  });
  await expect(transcript).rejects.toMatchObject({
    code: 'wrong-answer',
    message: expect.stringMatching(/runs backwards/),
  });
});

test.each([
  ['(i32.const 16000)', '(i32.const 7999)', /sample-rate is 7999, expected from 8000 to 48000/],
  ['(f32.const 30)', '(f32.const inf)', /longest-piece is Infinity, expected seconds above 0/],
  ['"en"', '"E\\n"', /languages is "E\\n", expected codes of ISO 639-1/],
])('A transcriber that describes %s as %s is not loaded', async (part, other, message) => {
  await using folder = await temporaryFolder('sandpiper-described-');
  await writeSpeechGuest(folder.path, { edit: (text) => text.replace(part, other) });
  const opened = openSandpiper({ models: folder.path, logLevel: 'silent' });
  await expect(opened).rejects.toMatchObject({ message: expect.stringMatching(message) });
});
