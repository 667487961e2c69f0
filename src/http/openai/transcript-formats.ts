import { deflateSync } from 'node:zlib';
import type { z } from 'zod';
import type { Segment, Transcription } from '../../service/api/tasks.ts';
import type { segmentSchema, transcriptionSchema, verboseTranscriptionSchema } from './schemas.ts';
import type { TranscriptionForm } from './transcription-form.ts';

/** Of the spectrogram in which OpenAI counts `seek`. */
const FRAMES_A_SECOND = 100;

/** A body that is JSON when it is an object and plain text otherwise. */
export interface TranscriptBody {
  readonly type: string;
  readonly body: string | object;
}

/** A transcript as the client asked for it. */
export function formatTranscript(
  transcription: Transcription,
  form: Pick<TranscriptionForm, 'format' | 'granularities' | 'options'>,
): TranscriptBody {
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

/** Every field is required by the API's schema. The two that only Whisper's own decoder knows say "none". */
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
    // A piece in which the voice detector hears nobody gives no segment.
    no_speech_prob: 0,
  };
}

/** How far the text can be compressed: far above 2 where a model repeats itself. */
function compressionRatio(text: string): number {
  return Buffer.byteLength(text) / deflateSync(text).byteLength;
}

function usageOf(transcription: Transcription): z.output<typeof transcriptionSchema>['usage'] {
  return { type: 'duration', seconds: Math.ceil(transcription.duration) };
}

function toSrt(segments: readonly Segment[]): string {
  const cues = segments.map(
    (segment, index) =>
      `${index + 1}\n${clock(segment.start, ',')} --> ${clock(segment.end, ',')}\n${cueText(segment)}\n`,
  );
  return cues.join('\n');
}

function toVtt(segments: readonly Segment[]): string {
  const cues = segments.map(
    (segment) => `${clock(segment.start, '.')} --> ${clock(segment.end, '.')}\n${cueText(segment)}\n`,
  );
  return ['WEBVTT\n', ...cues].join('\n');
}

/** An empty line or an arrow inside a cue would end it, and so begin another of the speaker's making. */
function cueText(segment: Segment): string {
  return segment.text.trim().replaceAll(/\s+/g, ' ').replaceAll('-->', '->');
}

/** `HH:MM:SS,mmm`, or with a point as WebVTT has it. */
function clock(seconds: number, point: ',' | '.'): string {
  const ms = Math.round(seconds * 1_000);
  const pad = (value: number, digits: number): string => String(Math.floor(value)).padStart(digits, '0');
  return `${pad(ms / 3_600_000, 2)}:${pad((ms / 60_000) % 60, 2)}:${pad((ms / 1_000) % 60, 2)}${point}${pad(ms % 1_000, 3)}`;
}
