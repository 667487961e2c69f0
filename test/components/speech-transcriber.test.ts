import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from './support/engine.ts';
import { type Instance, type Instantiate, buildAndLoad } from './support/guest.ts';
import { type Host, type HostOptions, createHost } from './support/host.ts';

const MODEL = join(import.meta.dirname, '..', '..', 'models', 'moonshine-tiny', '1');
const SAMPLE_RATE = 16_000;

interface Transcript {
  text: string;
  segments: {
    text: string;
    start: number;
    end: number;
    tokens: Uint32Array;
    averageLogProbability: number;
  }[];
}

describe.skipIf(!existsSync(join(MODEL, 'decoder.onnx')))('speech-transcriber with Moonshine tiny', () => {
  let instantiate: Instantiate;
  let parts: Omit<HostOptions, 'sound'>;
  beforeAll(async () => {
    instantiate = await buildAndLoad('speech-transcriber');
    const graph = (name: string) => new Engine(join(MODEL, `${name}.onnx`));
    parts = {
      graphs: { encoder: graph('encoder'), decoder: graph('decoder'), vad: graph('vad') },
      assets: { 'vocabulary.txt': readFileSync(join(MODEL, 'vocabulary.txt')) },
    };
  });

  /** 16-bit mono samples of a WAV file with a plain header. */
  function readSample(): Float32Array {
    const file = readFileSync(join(MODEL, 'sample.wav')).subarray(44);
    return Float32Array.from({ length: file.length >> 1 }, (_, i) => file.readInt16LE(i * 2) / 32_768);
  }

  async function transcribe(
    sound: Float32Array,
    options = {},
  ): Promise<{ transcript: Transcript; host: Host; instance: Instance }> {
    const host = createHost({ ...parts, sound });
    const instance = await instantiate(host.imports);
    const asked = { wordTimestamps: false, ...options };
    return { transcript: instance.exports['transcribe']?.(asked) as Transcript, host, instance };
  }

  it('transcribes, telling the text as it comes and leaving the cache with the host', async () => {
    const sound = readSample();
    const { transcript, host, instance } = await transcribe(sound);
    const [segment] = transcript.segments;
    expect(transcript.text).toMatch(/ever tried/i);
    expect(segment?.text).toBe(transcript.text);
    // As they are heard: the recording begins and ends with breath.
    expect(segment?.start).toBeCloseTo(0.3, 0);
    expect(segment?.end).toBeCloseTo(2.7, 0);
    expect(segment?.averageLogProbability).toBeGreaterThan(-1);
    expect(host.updates.map(({ text }) => text).join('')).toBe(transcript.text);
    // The logits of each step, and one number for each of a few frames that the detector saw.
    const steps = (segment?.tokens.length ?? 0) + 1;
    expect(host.tensors.bytesRead - steps * 32_768 * 4).toBeLessThan(1024);
    expect(host.tensors.live).toBeLessThan(4);
    // The encoder's output is bound once and the cache is one tensor: a step takes two and gives three.
    expect(host.tensors.most).toBeLessThan(steps + 32);
    expect(instance.memory.buffer.byteLength).toBeLessThan(8 << 20);
  });

  it('cuts long sound at a silence and skips the silence itself', async () => {
    const sample = readSample();
    const pause = 35 * SAMPLE_RATE;
    const sound = new Float32Array(sample.length * 2 + pause);
    sound.set(sample);
    sound.set(sample, sample.length + pause);
    const { transcript, host } = await transcribe(sound);
    expect(transcript.segments).toHaveLength(2);
    expect(transcript.text).toBe(transcript.segments.map(({ text }) => text).join(' '));
    expect(host.updates.map(({ text }) => text).join('')).toBe(transcript.text);
    expect(host.updates.at(-1)?.seconds).toBeCloseTo(sound.length / SAMPLE_RATE);
  });

  it('makes nothing up where nobody speaks', async () => {
    const noise = Float32Array.from({ length: SAMPLE_RATE * 3 }, (_, i) => Math.sin(i * i) * 0.05);
    expect((await transcribe(noise)).transcript).toMatchObject({ text: '', segments: [] });
  });

  it('takes a single sample', async () => {
    expect((await transcribe(Float32Array.of(0.5))).transcript.segments.length).toBeLessThan(2);
  });

  it.each([
    ['no sound', new Float32Array(0), {}, 'invalid-input'],
    ['another language', new Float32Array(9), { language: 'de' }, 'unsupported'],
    ['a temperature', new Float32Array(9), { temperature: 0.5 }, 'unsupported'],
    ['times of words', new Float32Array(9), { wordTimestamps: true }, 'unsupported'],
  ])('refuses %s', async (_, sound, options, tag) => {
    await expect(transcribe(sound, options)).rejects.toMatchObject({ tag });
  });
});
