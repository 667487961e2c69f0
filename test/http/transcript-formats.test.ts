/** Subtitles of a text that tries to be more than one. */
import { expect, test } from 'vitest';
import { formatTranscript } from '../../src/http/openai/transcript-formats.ts';
import type { Transcription } from '../../src/service/api/tasks.ts';

const segment = { tokens: [], averageLogProbability: 0, words: [] };
const transcription: Transcription = {
  model: 'any',
  version: 1,
  text: '',
  language: 'en',
  duration: 3_661.5,
  segments: [
    { ...segment, start: 0, end: 1.2345, text: ' one\n\n2\n00:00:00,000 --> 00:09:00,000\nmine ' },
    { ...segment, start: 3_600, end: 3_661.5, text: 'an arrow ----> of any length -->' },
  ],
  timing: { queue: 0, media: 0, guest: 0, instantiate: 0, compute: 0, total: 0 },
};

test.each([
  [
    'srt',
    '1\n00:00:00,000 --> 00:00:01,235\none 2 00:00:00,000 -> 00:09:00,000 mine\n\n' +
      '2\n01:00:00,000 --> 01:01:01,500\nan arrow -> of any length ->\n',
  ],
  [
    'vtt',
    'WEBVTT\n\n00:00:00.000 --> 00:00:01.235\none 2 00:00:00,000 -> 00:09:00,000 mine\n\n' +
      '01:00:00.000 --> 01:01:01.500\nan arrow -> of any length ->\n',
  ],
] as const)('a line break or an arrow in a segment makes no cue of %s', (format, body) => {
  const form = { format, granularities: new Set<never>(), options: {} };
  expect(formatTranscript(transcription, form).body).toBe(body);
});
