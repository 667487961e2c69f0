/** From a client's file to a task's answer: media, component, labels. */
import type { PictureInput, PictureDecoder } from '../../media/decode-picture.ts';
import type { SoundInput } from '../../media/sound-input.ts';
import type { SoundDecoder } from '../../media/decode-sound.ts';
import type { ServiceLimits } from '../../config/limits.ts';
import { checkClasses, checkTranscript, type GuestTranscript, type RankedClass } from './check-answer.ts';
import type { RequestScope } from '../queue/request-scope.ts';
import type { ServedComponent } from '../models/served-component.ts';
import { ToldText } from './told-text.ts';
import type { Classification, ClassifyOptions, TranscribeOptions, Transcription } from '../api/tasks.ts';

export interface Media {
  pictures: PictureDecoder;
  sound: SoundDecoder;
  limits: ServiceLimits;
}

export async function classifyWith(
  model: ServedComponent,
  file: Uint8Array,
  options: ClassifyOptions,
  scope: RequestScope,
  { pictures }: Media,
): Promise<Classification> {
  const opened = pictures.open(file, model.description as PictureInput);
  const decode = async () => scope.span.during('media', async () => opened.decode(scope));
  // What takes long is decoded before it is this request's turn, so that it keeps nobody else from theirs.
  const decoded = opened.long ? await decode() : undefined;
  using _turn = await model.turn(scope, 'short');
  const picture = decoded ?? (await decode());
  const { labels } = model.folder;
  const { topK, scoreFunction } = options;
  const found = await model.call(
    {
      function: 'classify',
      args: [picture, { topK, scoreFunction }],
      transfer: [picture.pixels.buffer],
      check: (value) => checkClasses(value as RankedClass[], { labels: labels.length, topK }),
    },
    scope,
  );
  const predictions = found.map(({ index, score }) => ({
    label: labels[index] ?? String(index),
    index,
    score,
  }));
  return { model: model.name, version: model.folder.version, predictions, timing: scope.timing() };
}

/** A few seconds as WAV, minutes at a low bit rate: more can be told of a sound only once it is decoded. */
const SHORT_SOUND_BYTES = 1_000_000;

export async function transcribeWith(
  model: ServedComponent,
  file: Uint8Array,
  options: TranscribeOptions,
  scope: RequestScope,
  media: Media,
): Promise<Transcription> {
  const { sampleRate } = model.description as SoundInput;
  using turn = await model.turn(scope, file.byteLength <= SHORT_SOUND_BYTES ? 'sound' : 'long');
  const sound = await scope.span.during('media', async (span) =>
    media.sound.decode(file, sampleRate, {
      signal: scope.signal,
      giveWay: async () => span.during('queue', async () => turn.giveWay()),
    }),
  );
  const duration = sound.length / sampleRate;
  // Added up: one request may bring several sounds.
  scope.setModelDeadline(scope.modelMs + duration * 1000);
  const { language, prompt, temperature, wordTimestamps = false } = options;
  const told = options.onProgress && new ToldText(options.onProgress, (reason) => scope.giveUp(reason));
  const transcript = await model.call(
    {
      function: 'transcribe',
      args: [{ language, prompt, temperature, wordTimestamps }],
      sound,
      turn,
      transfer: [sound.buffer],
      onProgress: told?.tell,
      check: (value) => checkTranscript(value as GuestTranscript),
    },
    scope,
  );
  await told?.complete(transcript.text, duration);
  scope.signal.throwIfAborted();
  return {
    model: model.name,
    version: model.folder.version,
    text: transcript.text,
    language: transcript.language,
    duration,
    segments: transcript.segments.map((segment) => ({ ...segment, tokens: [...segment.tokens] })),
    timing: scope.timing(),
  };
}
