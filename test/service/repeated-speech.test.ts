/** A decoder that falls into a loop, and people who do say the same again: by graphs that say what is written here. */
import { afterEach, expect, test } from 'vitest';
import { openSandpiper, type Sandpiper } from '../../src/index.ts';
import { longSpeech } from '../support/long-speech.ts';
import { scriptedTranscriber, type Line, type Script } from '../support/scripted-transcriber.ts';

let stack: AsyncDisposableStack;
afterEach(async () => stack.disposeAsync());

/** @param sample what these scripts make of the sample, 3.1 s long */
async function open(scripts: readonly Script[], sample: string): Promise<Sandpiper> {
  stack = new AsyncDisposableStack();
  const { path } = stack.use(await scriptedTranscriber(scripts, sample));
  return stack.use(await openSandpiper({ models: path, logLevel: 'silent' }));
}

/** The words one after the other, from a frame on, so many frames each. */
function said(words: string, from: number, frames: number): Line[] {
  return words.split(' ').map((word, index) => [word, from + index * frames]);
}

/** The transcript, after a look at what was told on the way. */
async function transcribe(sandpiper: Sandpiper, sound: Buffer): Promise<string> {
  let told = '';
  const { text, segments } = await sandpiper.transcribe('scripted', sound, {
    onProgress: (update) => (told += update.text),
  });
  expect(told).toBe(text);
  expect(segments.map((segment) => segment.text).join(' ')).toBe(text);
  return text;
}

const year = '▁in ▁the ▁year ▁1462 , ▁and ▁then';
const again = Array.from({ length: 12 }, () => '▁1462 , ▁and ▁then').join(' ');
const rest = said('▁people ▁learnt ▁to ▁print .', 10, 10);

test('what a decoder repeats in a loop is said once, and the sound after it is decoded by itself', async () => {
  const loop = [...said(year, 10, 12), ...said(again, 84, 0)];
  const scripts = [
    { upTo: 5, lines: rest },
    { upTo: 10, lines: loop },
  ];
  const sandpiper = await open(scripts, 'people learnt to print.');
  // 6.2 s of sound; the loop begins at frame 84, after two of them.
  expect(await transcribe(sandpiper, await longSpeech(2))).toBe(
    'in the year 1462, and then people learnt to print.',
  );
});

test('a loop at the end of the sound ends it there', async () => {
  const text = 'in the year 1462, and then';
  const sandpiper = await open([{ upTo: 9, lines: [...said(year, 10, 12), ...said(again, 100, 0)] }], text);
  expect(await transcribe(sandpiper, await longSpeech(1))).toBe(text);
});

test.each([
  ['a word', '▁no ▁no ▁no ▁no ▁no ▁no ▁no ▁no ▁no ▁no .', 'no no no no no no no no no no.'],
  [
    'a refrain',
    `${'▁it ▁goes ▁round ▁and ▁round '.repeat(4)}.`,
    `${'it goes round and round '.repeat(4).trim()}.`,
  ],
])('%s that somebody says again and again stays as it is', async (_, words, text) => {
  const sandpiper = await open([{ upTo: 9, lines: said(words, 4, 5) }], text);
  expect(await transcribe(sandpiper, await longSpeech(2))).toBe(text);
});

test('the noughts of a large number are heard all at one place, and stay', async () => {
  const lines = said('▁ 1 , 0 0 0 , 0 0 0 , 0 0 0 .', 30, 0);
  const sandpiper = await open([{ upTo: 9, lines }], '1,000,000,000.');
  expect(await transcribe(sandpiper, await longSpeech(2))).toBe('1,000,000,000.');
});
