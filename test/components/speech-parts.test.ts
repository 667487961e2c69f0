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

it('finds loops, but leaves people who repeat themselves alone', async () => {
  await expectAssembly(`
    import { endsInLoop } from '${HERE}/repetition';
    function repeated(phrase: u32[], times: i32): u32[] {
      let tokens: u32[] = [900, 901];
      for (let i = 0; i < times; i++) tokens = tokens.concat(phrase);
      return tokens;
    }
    export function run(): void {
      assert(!endsInLoop([]), 'nothing');
      assert(!endsInLoop(repeated([7], 6)), 'no, no, no');
      assert(endsInLoop(repeated([7], 16)), 'one token');
      assert(!endsInLoop(repeated([1, 2, 3, 4, 5, 6], 3)), 'a refrain');
      assert(endsInLoop(repeated([1, 2, 3, 4, 5, 6], 4)), 'a loop');
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
      assert(Math.abs(logProbability(logits, 77) + Math.log(sum)) < 1e-5, 'log probability');
      logits[3] = NaN;
      assert(largest(logits) == -1, 'not a number');
    }`);
});
