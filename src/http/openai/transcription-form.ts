import type { ModelSummary, TranscribeOptions } from '../../service/api/tasks.ts';
import { looksLikeJson, parseJsonBody } from '../json/json-body.ts';
import { RequestFieldError, checkFields, unsupportedField } from '../exchange/request-field-error.ts';
import { transcriptionFormSchema, type TRANSCRIPT_FORMATS } from './schemas.ts';

export interface TranscriptionForm {
  readonly model: string;
  readonly format: (typeof TRANSCRIPT_FORMATS)[number];
  readonly stream: boolean;
  /** Which timestamps `verbose_json` includes. */
  readonly granularities: ReadonlySet<'segment' | 'word'>;
  readonly options: Pick<TranscribeOptions, 'language' | 'prompt' | 'temperature' | 'wordTimestamps'>;
}

/** Fields of the API that would change the answer and are not supported, and why. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  include: 'the models here give no log probability of a single token',
  keywords: 'the models here take no words to listen for',
  known_speaker_names: 'the models here do not tell speakers apart',
  known_speaker_references: 'the models here do not tell speakers apart',
  languages: 'send the one language as "language"',
};

/**
 * Reads the text fields of a transcription. Lists may be named with or without `[]`.
 *
 * @throws RequestFieldError that names the field.
 */
export function readTranscriptionForm(fields: ReadonlyMap<string, unknown>): TranscriptionForm {
  const named = [...fields].map(
    ([name, value]) =>
      [name.replace(/\[.*$/, ''), name === 'chunking_strategy' ? readObject(value) : value] as const,
  );
  for (const [name, value] of named) {
    if (Object.hasOwn(UNSUPPORTED, name)) throw unsupported(name, UNSUPPORTED[name] ?? '');
    if (
      Array.isArray(value) &&
      name !== 'timestamp_granularities' &&
      Object.hasOwn(transcriptionFormSchema.shape, name)
    ) {
      throw new RequestFieldError(
        name,
        `Field "${name}" takes one value: give it once, and without brackets.`,
      );
    }
    if (name === 'chunking_strategy' && tunesDetector(value)) {
      throw unsupported(name, 'the voice detector here takes no parameters; send type "server_vad" alone');
    }
    if (name === 'response_format' && value === 'diarized_json') {
      throw unsupported(name, 'the models here do not tell speakers apart, as diarized_json would');
    }
  }
  const form = checkFields(transcriptionFormSchema, Object.fromEntries(named));
  const { language, prompt, temperature, response_format: format, timestamp_granularities: times } = form;
  const stream = form.stream === 'true';
  if (stream && format !== 'json' && format !== 'text') {
    throw unsupported(
      'response_format',
      `${format} cannot be streamed: ask for json or text, or leave "stream" out`,
    );
  }
  if (times !== undefined && format !== 'verbose_json') {
    throw new RequestFieldError(
      'timestamp_granularities',
      'Field "timestamp_granularities" needs response_format "verbose_json".',
    );
  }
  const granularities = new Set([times ?? 'segment'].flat());
  return {
    model: form.model,
    format,
    stream,
    granularities,
    options: {
      language,
      prompt,
      temperature: temperature === undefined ? undefined : Number(temperature),
      wordTimestamps: granularities.has('word'),
    },
  };
}

/**
 * Asserts that the model can do what the form requests, before the sound is decoded.
 *
 * @throws RequestFieldError that names the field.
 */
export function assertAble({ name, speech }: ModelSummary, { options }: TranscriptionForm): void {
  if (speech === undefined) {
    throw new RequestFieldError('model', `Model "${name}" does not transcribe speech.`);
  }
  if (options.wordTimestamps === true && !speech.wordTimestamps) {
    throw unsupported('timestamp_granularities', `model "${name}" gives no times of single words`);
  }
  if (options.language !== undefined && !speech.languages.includes(options.language)) {
    const known = speech.languages.slice(0, 100).join(', ');
    throw unsupported('language', `model "${name}" knows ${known}, not ${options.language}`);
  }
}

function unsupported(field: string, why: string): RequestFieldError {
  return unsupportedField(field, `Field "${field}": ${why}.`);
}

/** Reads an object as JSON, as generated clients send it; OpenAI's own send each field separately. */
function readObject(value: unknown): unknown {
  const bytes = typeof value === 'string' ? Buffer.from(value) : undefined;
  if (bytes === undefined || !looksLikeJson(bytes)) return value;
  try {
    return parseJsonBody(bytes);
  } catch {
    // Refused later, like any other text.
    return value;
  }
}

function tunesDetector(strategy: unknown): boolean {
  if (typeof strategy !== 'object' || strategy === null) return false;
  return ['threshold', 'prefix_padding_ms', 'silence_duration_ms'].some((name) =>
    Object.hasOwn(strategy, name),
  );
}
