import { deflateSync } from 'node:zlib';
import type { z } from 'zod';
import type { Segment, Transcription } from '../../service/api/tasks.ts';
import type { segmentSchema, transcriptionSchema, verboseTranscriptionSchema } from './schemas.ts';
import type { TranscriptionForm } from './transcription-form.ts';

/** Frames per second of the spectrogram in which OpenAI counts `seek`. */
const FRAMES_A_SECOND = 100;

export function formatTranscript(
  transcription: Transcription,
  form: Pick<TranscriptionForm, 'format' | 'granularities' | 'options'>,
): { type: string; body: string | object } {
  switch (form.format) {
    case 'json':
      return { type: 'application/json', body: plainBody(transcription) };
    case 'verbose_json':
      return { type: 'application/json', body: verboseBody(transcription, form) };
    case 'text':
      return { type: 'text/plain', body: `${transcription.text}\n` };
    case 'srt':
      return { type: 'application/x-subrip', body: toSrt(transcription.segments) };
    case 'vtt':
      return { type: 'text/vtt', body: toVtt(transcription.segments) };
  }
}

function plainBody(transcription: Transcription): z.output<typeof transcriptionSchema> {
  return { text: transcription.text, usage: usageOf(transcription) };
}

function verboseBody(
  transcription: Transcription,
  form: Pick<TranscriptionForm, 'granularities' | 'options'>,
): z.output<typeof verboseTranscriptionSchema> {
  const { segments, text, language, duration } = transcription;
  return {
    task: 'transcribe',
    language,
    duration,
    text,
    ...(form.granularities.has('word') && {
      words: segments
        .flatMap((segment) => segment.words)
        .map((word) => ({ word: word.text, start: word.start, end: word.end })),
    }),
    ...(form.granularities.has('segment') && {
      segments: segments.map((segment, id) => toSegmentObject(segment, id, form.options.temperature ?? 0)),
    }),
    usage: usageOf(transcription),
  };
}

/** The API's schema requires every field; the two that only Whisper's decoder knows are set to "none". */
function toSegmentObject(segment: Segment, id: number, temperature: number): z.output<typeof segmentSchema> {
  return {
    id,
    seek: Math.round(segment.start * FRAMES_A_SECOND),
    start: segment.start,
    end: segment.end,
    text: segment.text,
    tokens: segment.tokens,
    temperature,
    avg_logprob: segment.averageLogProbability,
    compression_ratio: compressionRatio(segment.text),
    // A piece without speech makes no segment.
    no_speech_prob: 0,
  };
}

/** Compression ratio of the text: far above 2 if a model repeats itself. */
function compressionRatio(text: string): number {
  return Buffer.byteLength(text) / deflateSync(text).byteLength;
}

function usageOf(transcription: Transcription): z.output<typeof transcriptionSchema>['usage'] {
  return { type: 'duration', seconds: Math.ceil(transcription.duration) };
}

function toSrt(segments: readonly Segment[]): string {
  return segments.map((segment, index) => `${index + 1}\n${cue(segment, ',')}`).join('\n');
}

function toVtt(segments: readonly Segment[]): string {
  return ['WEBVTT\n', ...segments.map((segment) => cue(segment, '.'))].join('\n');
}

function cue(segment: Segment, point: ',' | '.'): string {
  return `${clock(segment.start, point)} --> ${clock(segment.end, point)}\n${cueText(segment)}\n`;
}

/** Removes empty lines and arrows, which would end the cue and let the text start another. */
function cueText(segment: Segment): string {
  return segment.text
    .trim()
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/-{2,}>/g, '->');
}

/** `HH:MM:SS,mmm`, or with a point for WebVTT. */
function clock(seconds: number, point: ',' | '.'): string {
  const ms = Math.round(seconds * 1_000);
  const pad = (value: number, digits: number): string => String(Math.floor(value)).padStart(digits, '0');
  return `${pad(ms / 3_600_000, 2)}:${pad((ms / 60_000) % 60, 2)}:${pad((ms / 1_000) % 60, 2)}${point}${pad(ms % 1_000, 3)}`;
}
