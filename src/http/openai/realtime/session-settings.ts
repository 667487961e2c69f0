/** The settings of a transcription session: the schemas of the Realtime API and of its beta, in and out. */
import { z } from 'zod';
import type { RawFormat, TurnOptions } from '../../../service/api/live.ts';
import { languageSchema, promptSchema, turnsSchema } from '../../../service/api/task-options.ts';

/** An extension of this service: adds `tentative` to each delta, the words after it that may still change. */
const TENTATIVE = 'item.input_audio_transcription.tentative';

export interface SessionSettings {
  format: RawFormat;
  model: string | undefined;
  language: string | undefined;
  prompt: string | undefined;
  /** Null if turns are not detected: the client commits. */
  turns: Required<TurnOptions> | null;
  tentative: boolean;
}

const DEFAULT_TURNS = { threshold: 0.5, prefixMs: 300, silenceMs: 500 };

export function defaultSettings(model: string | undefined): SessionSettings {
  return {
    format: { encoding: 's16', sampleRate: 24_000 },
    model,
    language: undefined,
    prompt: undefined,
    turns: DEFAULT_TURNS,
    tentative: false,
  };
}

const rate = { error: 'expected a whole number of hertz from 8000 to 48000' };

const formatSchema = z.discriminatedUnion(
  'type',
  [
    z.object({
      type: z.literal('audio/pcm'),
      rate: z.int(rate).min(8_000, rate).max(48_000, rate).default(24_000),
    }),
    z.object({ type: z.literal('audio/pcmu') }),
    z.object({ type: z.literal('audio/pcma') }),
  ],
  { error: 'expected the type audio/pcm, audio/pcmu or audio/pcma' },
);
const betaFormatSchema = z.enum(['pcm16', 'g711_ulaw', 'g711_alaw'], {
  error: 'expected pcm16, g711_ulaw or g711_alaw',
});

const transcriptionSchema = z.object({
  model: z.string({ error: 'expected the name of a model' }).optional(),
  language: languageSchema.nullish(),
  prompt: promptSchema.nullish(),
});

const detectionSchema = z
  .object({
    type: z.literal('server_vad', { error: 'expected server_vad, which is the only detector here, or null' }),
    threshold: turnsSchema.shape.threshold,
    prefix_padding_ms: turnsSchema.shape.prefixMs,
    silence_duration_ms: turnsSchema.shape.silenceMs,
  })
  .nullable();

const includeSchema = z
  .array(z.literal(TENTATIVE, { error: `the models here give ${TENTATIVE} and nothing else` }))
  .nullish();

/** `session` of `session.update`. Fields that are not here are left alone: clients send more with each release. */
export const sessionSchema = z.object({
  type: z.literal('transcription', { error: 'expected "transcription": the models here do not answer' }),
  audio: z
    .object({
      input: z
        .object({
          format: formatSchema.optional(),
          transcription: transcriptionSchema.nullish(),
          turn_detection: detectionSchema.optional(),
        })
        .optional(),
    })
    .optional(),
  include: includeSchema,
});

/** `session` of `transcription_session.update`. */
export const betaSessionSchema = z.object({
  input_audio_format: betaFormatSchema.optional(),
  input_audio_transcription: transcriptionSchema.nullish(),
  turn_detection: detectionSchema.optional(),
  include: includeSchema,
});

/** Changes to the settings, from an update of either API. */
interface Changes {
  format?: RawFormat | undefined;
  transcription?: z.output<typeof transcriptionSchema> | null | undefined;
  turns?: z.output<typeof detectionSchema> | undefined;
  include?: readonly string[] | null | undefined;
}

export function changesOf({ audio, include }: z.output<typeof sessionSchema>): Changes {
  const { format, transcription, turn_detection: turns } = audio?.input ?? {};
  return { format: format && rawFormatOf(format), transcription, turns, include };
}

export function betaChangesOf(session: z.output<typeof betaSessionSchema>): Changes {
  const { input_audio_format: format, input_audio_transcription: transcription, include } = session;
  return { format: format && BETA_FORMATS[format], transcription, turns: session.turn_detection, include };
}

/** The settings with what a client changed. */
export function changed(settings: SessionSettings, changes: Changes): SessionSettings {
  const { format, transcription, turns, include } = changes;
  return {
    format: format ?? settings.format,
    model: transcription?.model ?? settings.model,
    language: transcription?.language ?? settings.language,
    prompt: transcription?.prompt ?? settings.prompt,
    turns: turns === undefined ? settings.turns : turns && detectionOf(turns),
    tentative: include === undefined ? settings.tentative : (include?.includes(TENTATIVE) ?? false),
  };
}

/** As `session.created` and `session.updated` show them. */
export function sessionObject(id: string, settings: SessionSettings): object {
  return {
    type: 'transcription',
    object: 'realtime.transcription_session',
    id,
    audio: {
      input: {
        format: formatObject(settings.format),
        transcription: transcriptionObject(settings),
        noise_reduction: null,
        turn_detection: turnsObject(settings),
      },
    },
    include: settings.tentative ? [TENTATIVE] : null,
  };
}

/** As `transcription_session.created` and `transcription_session.updated` show them. */
export function betaSessionObject(id: string, settings: SessionSettings): object {
  const { encoding } = settings.format;
  return {
    object: 'realtime.transcription_session',
    id,
    input_audio_format: encoding === 'mulaw' ? 'g711_ulaw' : encoding === 'alaw' ? 'g711_alaw' : 'pcm16',
    input_audio_transcription: transcriptionObject(settings),
    turn_detection: turnsObject(settings),
    include: settings.tentative ? [TENTATIVE] : null,
  };
}

const MULAW: RawFormat = { encoding: 'mulaw', sampleRate: 8_000 };
const ALAW: RawFormat = { encoding: 'alaw', sampleRate: 8_000 };
const BETA_FORMATS: Readonly<Record<z.output<typeof betaFormatSchema>, RawFormat>> = {
  pcm16: { encoding: 's16', sampleRate: 24_000 },
  g711_ulaw: MULAW,
  g711_alaw: ALAW,
};

function rawFormatOf(format: z.output<typeof formatSchema>): RawFormat {
  if (format.type === 'audio/pcm') return { encoding: 's16', sampleRate: format.rate };
  return format.type === 'audio/pcmu' ? MULAW : ALAW;
}

function formatObject({ encoding, sampleRate }: RawFormat): object {
  if (encoding === 'mulaw') return { type: 'audio/pcmu' };
  return encoding === 'alaw' ? { type: 'audio/pcma' } : { type: 'audio/pcm', rate: sampleRate };
}

function transcriptionObject({ model, language, prompt }: SessionSettings): object | null {
  return model === undefined ? null : { model, language: language ?? null, prompt: prompt ?? null };
}

function detectionOf(turns: NonNullable<z.output<typeof detectionSchema>>): Required<TurnOptions> {
  return {
    threshold: turns.threshold ?? DEFAULT_TURNS.threshold,
    prefixMs: turns.prefix_padding_ms ?? DEFAULT_TURNS.prefixMs,
    silenceMs: turns.silence_duration_ms ?? DEFAULT_TURNS.silenceMs,
  };
}

function turnsObject({ turns }: SessionSettings): object | null {
  if (turns === null) return null;
  return {
    type: 'server_vad',
    threshold: turns.threshold,
    prefix_padding_ms: turns.prefixMs,
    silence_duration_ms: turns.silenceMs,
  };
}
