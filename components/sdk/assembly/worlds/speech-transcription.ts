/**
 * The world `speech-transcriber`: its types, and the exported functions as the canonical ABI lowers
 * them. A component extends `SpeechTranscriber`, gives one to `serveSpeechTranscriber` and exports
 * `describe`, `transcribe` and `cabi_realloc` from here.
 */
import { forgetReceived, keepBlock, resultArea, storeString, takeString } from '../abi/memory';
import { storeFailure } from '../failure';

export { cabi_realloc } from '../abi/memory';

/** `audio-input` of the contract. */
export class AudioInput {
  constructor(
    public sampleRate: u32,
    public longestPiece: f32,
    public languages: string[],
    public wordTimestamps: bool,
  ) {}
}

export class TranscribeOptions {
  constructor(
    public language: string | null,
    public prompt: string | null,
    /** 0, greedy, if the caller gave none. */
    public temperature: f32,
    public wordTimestamps: bool,
  ) {}
}

/** Times are seconds from the start of the sound. The SDK has no words yet. */
export class Segment {
  constructor(
    public text: string,
    public start: f64,
    public end: f64,
    public tokens: u32[],
    public averageLogProbability: f32,
  ) {}
}

export class Transcript {
  constructor(
    public text: string,
    public language: string,
    public segments: Segment[],
  ) {}
}

/** Implemented by the component; returns null, with a failure set, if it cannot answer. */
export abstract class SpeechTranscriber {
  abstract describe(): AudioInput | null;
  abstract transcribe(options: TranscribeOptions): Transcript | null;
}

const SEGMENT_BYTES: usize = 48;

let component: SpeechTranscriber | null = null;

export function serveSpeechTranscriber(transcriber: SpeechTranscriber): void {
  component = transcriber;
}

export function describe(): usize {
  const input = component!.describe();
  if (!input) return failure();
  const languages = keepBlock((<usize>input.languages.length) << 3);
  for (let i = 0; i < input.languages.length; i++) {
    storeString(languages + ((<usize>i) << 3), input.languages[i]);
  }
  store<u8>(resultArea, 0);
  store<u32>(resultArea, input.sampleRate, 4);
  store<f32>(resultArea, input.longestPiece, 8);
  store<usize>(resultArea, languages, 12);
  store<usize>(resultArea, input.languages.length, 16);
  store<u8>(resultArea, <u8>input.wordTimestamps, 20);
  return resultArea;
}

export function transcribe(
  hasLanguage: u32,
  language: usize,
  languageUnits: usize,
  hasPrompt: u32,
  prompt: usize,
  promptUnits: usize,
  hasTemperature: u32,
  temperature: f32,
  wordTimestamps: u32,
): usize {
  const options = new TranscribeOptions(
    hasLanguage ? takeString(language, languageUnits) : null,
    hasPrompt ? takeString(prompt, promptUnits) : null,
    hasTemperature ? temperature : 0,
    wordTimestamps != 0,
  );
  forgetReceived();
  const transcript = component!.transcribe(options);
  if (!transcript) return failure();
  const segments = keepBlock(<usize>transcript.segments.length * SEGMENT_BYTES);
  for (let i = 0; i < transcript.segments.length; i++) {
    storeSegment(segments + <usize>i * SEGMENT_BYTES, transcript.segments[i]);
  }
  store<u8>(resultArea, 0);
  storeString(resultArea + 4, transcript.text);
  storeString(resultArea + 12, transcript.language);
  store<usize>(resultArea, segments, 20);
  store<usize>(resultArea, transcript.segments.length, 24);
  return resultArea;
}

function storeSegment(at: usize, segment: Segment): void {
  const bytes = (<usize>segment.tokens.length) << 2;
  const tokens = keepBlock(bytes);
  memory.copy(tokens, segment.tokens.dataStart, bytes);
  storeString(at, segment.text);
  store<f64>(at, segment.start, 8);
  store<f64>(at, segment.end, 16);
  store<usize>(at, tokens, 24);
  store<usize>(at, segment.tokens.length, 28);
  store<f32>(at, segment.averageLogProbability, 32);
  // No words: an empty list, whose pointer only has to be aligned.
  store<usize>(at, 8, 36);
  store<usize>(at, 0, 40);
}

function failure(): usize {
  store<u8>(resultArea, 1);
  storeFailure(resultArea + 4);
  return resultArea;
}
