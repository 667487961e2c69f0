/** The times of srt, vtt and verbose_json, held against sounds that were joined with known pauses. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EVAL, lacksEval } from '../support/eval.ts';
import { wavFile } from '../media/support/sounds.ts';
import { readSample, speechModel, modelsOf } from '../support/models.ts';
import { startServer, type TestServer } from '../support/server.ts';

const SPEECH = new URL('speech/', EVAL);
const SAMPLE_RATE = 16_000;
/** Seconds by which a time may be off where a pause tells it. */
const TOLERANCE = 0.3;

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ models: modelsOf([speechModel]) });
});
afterAll(async () => server[Symbol.asyncDispose]());

interface Cue {
  start: number;
  end: number;
  text: string;
}

/** The samples of a 16-bit WAV file, whatever chunks are in it. */
function samplesOf(wav: Buffer): Buffer {
  const data = wav.indexOf('data', 12, 'latin1');
  return wav.subarray(data + 8, data + 8 + wav.readUInt32LE(data + 4));
}

/** Sounds one after the other, each followed by so many seconds of silence; and where each begins. */
function joined(parts: readonly { sound: Buffer; pause: number }[]): { file: Buffer; starts: number[] } {
  const starts: number[] = [];
  const pieces: Buffer[] = [];
  let bytes = 0;
  for (const { sound, pause } of parts) {
    starts.push(bytes / 2 / SAMPLE_RATE);
    const silence = Buffer.alloc(Math.round(pause * SAMPLE_RATE) * 2);
    pieces.push(sound, silence);
    bytes += sound.length + silence.length;
  }
  return { file: wavFile(Buffer.concat(pieces)), starts };
}

async function cuesOf(file: Buffer, format: 'srt' | 'vtt' | 'verbose_json'): Promise<Cue[]> {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(file)]), 'speech.wav');
  form.append('model', speechModel);
  form.append('response_format', format);
  const response = await fetch(`${server.url}/v1/audio/transcriptions`, { method: 'POST', body: form });
  expect(response.status).toBe(200);
  if (format === 'verbose_json') return ((await response.json()) as { segments: Cue[] }).segments;
  const cues = (await response.text()).matchAll(/([\d:.,]{12}) --> ([\d:.,]{12})\n(.*)\n/g);
  return [...cues].map(([, start = '', end = '', text = '']) => ({
    start: seconds(start),
    end: seconds(end),
    text,
  }));
}

function seconds(clock: string): number {
  const [hours = 0, minutes = 0, rest = 0] = clock.replace(',', '.').split(':').map(Number);
  return hours * 3600 + minutes * 60 + rest;
}

test.each(['srt', 'vtt', 'verbose_json'] as const)(
  '%s has a cue for each of three sentences, with the times at which they are said',
  async (format) => {
    const sound = samplesOf((await readSample(speechModel)).bytes);
    const { file, starts } = joined([1, 1.5, 0.5].map((pause) => ({ sound, pause })));
    const cues = await cuesOf(file, format);
    const ends = [...starts.slice(1), Infinity];
    for (const [index, start] of starts.entries()) {
      const own = cues.filter((cue) => cue.start >= start && cue.end <= (ends[index] ?? 0));
      expect(own.map(({ text }) => text).join(' ')).toMatch(/ever tried.* ever failed/i);
      // As the recording has it: the words are from 0.3 s to 2.7 s.
      expect(Math.abs((own[0]?.start ?? 0) - start - 0.3)).toBeLessThan(TOLERANCE);
      expect(Math.abs((own.at(-1)?.end ?? 0) - start - 2.7)).toBeLessThan(TOLERANCE);
    }
    expect(cues.length).toBeGreaterThanOrEqual(3);
    expect(cues.toSorted((a, b) => a.start - b.start)).toEqual(cues);
  },
);

describe.skipIf(lacksEval('speech'))('read aloud (skipped where ../shared/eval is absent)', () => {
  /** These begin and end with their words. */
  const clips = [
    { name: 'ljspeech_LJ001-0009', pause: 0.8 },
    { name: 'ljspeech_LJ002-0035', pause: 1.2 },
    { name: 'ljspeech_LJ001-0020', pause: 0.6 },
    { name: 'ljspeech_LJ001-0012', pause: 1.5 },
    { name: 'ljspeech_LJ001-0017', pause: 0.7 },
  ];

  test('sentences are cut where they were joined, and no cue is much longer than 7 s', async () => {
    const parts = await Promise.all(
      clips.map(async ({ name, pause }) => ({
        sound: samplesOf(await readFile(new URL(`${name}.wav`, SPEECH))),
        pause,
      })),
    );
    const { file, starts } = joined(parts);
    const cues = await cuesOf(file, 'srt');
    for (const [index, start] of starts.entries()) {
      const end = start + (parts[index]?.sound.length ?? 0) / 2 / SAMPLE_RATE;
      expect(cues.some((cue) => Math.abs(cue.start - start) < TOLERANCE)).toBe(true);
      expect(cues.some((cue) => Math.abs(cue.end - end) < TOLERANCE)).toBe(true);
    }
    expect(Math.max(...cues.map((cue) => cue.end - cue.start))).toBeLessThan(7.5);
  });

  // With its last second cut off, this one has the decoder say "and therefore far pleasanter" twice on some machines.
  test('what the speaker said once is not said again at the end', async () => {
    const sound = samplesOf(await readFile(new URL('ljspeech_LJ001-0025.wav', SPEECH)));
    const cues = await cuesOf(wavFile(sound.subarray(0, sound.length - 1.1 * SAMPLE_RATE * 2)), 'srt');
    expect(
      cues
        .map(({ text }) => text)
        .join(' ')
        .match(/far pleasant/gi),
    ).toHaveLength(1);
  });
});
