import { it } from 'vitest';
import { expectAssembly } from './support/assembly.ts';

const HERE = './speech-transcriber/assembly';

it('decodes UTF-8 byte by byte, and marks what is none', async () => {
  await expectAssembly(`
    import { Utf8Decoder } from '${HERE}/utf8';
    function decode(bytes: u8[]): string {
      const decoder = new Utf8Decoder();
      let text = '';
      for (let i = 0; i < bytes.length; i++) text += decoder.push(bytes[i]);
      return text + decoder.end();
    }
    export function run(): void {
      assert(decode([0x41, 0xc3, 0xa4, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80]) == 'Aä€😀', 'whole characters');
      assert(decode([0xe2, 0x82]) == '\\uFFFD', 'cut off');
      assert(decode([0xe2, 0x41]) == '\\uFFFDA', 'interrupted');
      assert(decode([0x80, 0x41]) == '\\uFFFDA', 'stray');
      assert(decode([0xed, 0xa0, 0x80]) == '\\uFFFD', 'surrogate');
      assert(decode([0xc0, 0x80]) == '\\uFFFD\\uFFFD', 'overlong');
    }`);
});

it('suspects a phrase that is said again, and a number only after long', async () => {
  await expectAssembly(`
    import { Repetition } from '${HERE}/repetition';
    function said(phrase: u32[], times: i32, words: bool): Repetition {
      const repetition = new Repetition();
      repetition.push(900, true);
      for (let i = 0; i < times; i++) for (let j = 0; j < phrase.length; j++) repetition.push(phrase[j], words);
      return repetition;
    }
    export function run(): void {
      assert(said([], 0, true).suspicious == 0, 'nothing');
      assert(said([7], 7, true).suspicious == 0 && said([7], 7, true).length == 6, 'no, no, no');
      assert(said([7], 8, true).suspicious == 7, 'one token');
      assert(said([1, 2, 3, 4, 5, 6, 7], 2, true).suspicious == 7, 'a phrase twice');
      assert(said([1, 2, 3, 4, 5], 2, true).suspicious == 0, 'a short phrase twice');
      assert(said([5, 6], 7, false).suspicious == 0, 'a million');
      assert(said([5, 6], 8, false).suspicious == 14, 'no such number');
    }`);
});

it('tells by what the decoder listened to whether somebody said it again', async () => {
  await expectAssembly(`
    import { movesOn } from '${HERE}/repetition';
    export function run(): void {
      assert(movesOn([0, 99, 10, 14, 19, 23, 60, 31, 36], 7), 'through the sound, but for one token');
      assert(!movesOn([0, 10, 50, 50, 50, 50, 50, 50, 50], 7), 'at one place');
      assert(!movesOn([10, 20, 30, 40, 50, 60, 20, 30, 40, 10, 20, 30, 15], 12), 'back and forth');
    }`);
});

it('finds pauses by loudness, and none where it does not tell', async () => {
  await expectAssembly(`
    import { findPauses } from '${HERE}/pauses';
    /** Tenths of a second, each as loud as it says. */
    function sound(levels: f32[]): Float32Array {
      const samples = new Float32Array(levels.length * 1600);
      for (let i = 0; i < samples.length; i++) samples[i] = levels[i / 1600] * <f32>Math.sin(i);
      return samples;
    }
    export function run(): void {
      const speech = findPauses(sound([0, 0, 0.5, 0.5, 0, 0.5, 0.001, 0.001, 0.001, 0.4, 0.4, 0.5, 0.5, 0, 0]));
      assert(speech.whole.start == 2 * 1600 && speech.whole.end == 13 * 1600, 'without its ends');
      assert(speech.pauses.length == 1, 'not the short one');
      assert(speech.pauses[0].start == 6 * 1600 && speech.pauses[0].end == 9 * 1600, 'where it is');
      assert(findPauses(sound([0.3, 0.3, 0.3, 0.2, 0.2, 0.2, 0.3, 0.3, 0.3, 0.3])).pauses.length == 0, 'music');
      assert(findPauses(sound([0, 0, 0, 0, 0])).whole.end == 5 * 1600, 'nothing');
      assert(findPauses(new Float32Array(1)).whole.end == 1, 'one sample');
    }`);
});

it('cuts in the middle of the longest silence, or else where speech is least likely', async () => {
  await expectAssembly(`
    import { quietest } from '${HERE}/cutter';
    function frames(values: f32[]): Float32Array {
      const list = new Float32Array(values.length);
      list.set(values);
      return list;
    }
    export function run(): void {
      assert(quietest(frames([0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1]), 6, 0.5) == 8, 'only from the first frame on');
      assert(quietest(frames([1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]), 0, 0.5) == 7, 'the longest');
      assert(quietest(frames([0.9, 0.8, 0.6, 0.9]), 0, 0.5) == 2, 'nobody stops talking');
    }`);
});

it('computes the log probability of the best of many logits', async () => {
  await expectAssembly(`
    import { largest, logProbability } from '${HERE}/logits';
    export function run(): void {
      const logits = new Float32Array(1003);
      let sum: f64 = 0;
      for (let i = 0; i < logits.length; i++) logits[i] = <f32>(Math.sin(i) * 40 - 5);
      logits[1001] = logits[77] = 36;
      for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i] - 36);
      assert(largest(logits) == 77, 'the first of two');
      assert(Math.abs(logProbability(logits, 77) + Math.log(sum)) < 1e-4, 'log probability');
      logits[3] = NaN;
      assert(largest(logits) == -1, 'not a number');
    }`);
});
