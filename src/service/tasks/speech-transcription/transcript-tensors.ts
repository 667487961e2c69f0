/** Transcripts in tensors. */
import { z } from 'zod';
import { floatTensor, textTensor } from '../../api/client-tensors.ts';
import { languageSchema, promptSchema, temperatureSchema } from '../../api/task-options.ts';
import type { TranscribeOptions, Transcription } from '../../api/tasks.ts';
import type { ClientTensor, ModelPort } from '../../api/tensor-inference.ts';
import { checkTaskParameters } from '../check-task-parameters.ts';

export const SOUND_INPUT: ModelPort = { name: 'audio', datatype: 'BYTES', shape: [-1, 1] };

export const TEXT_OUTPUTS: readonly ModelPort[] = [
  { name: 'text', datatype: 'BYTES', shape: [-1, 1] },
  { name: 'language', datatype: 'BYTES', shape: [-1, 1] },
  { name: 'duration', datatype: 'FP32', shape: [-1, 1] },
  { name: 'segments', datatype: 'BYTES', shape: [-1, 1] },
];

const parametersSchema = z.strictObject({
  language: languageSchema.optional(),
  prompt: promptSchema.optional(),
  temperature: temperatureSchema.optional(),
});

/** @throws SandpiperError `invalid-request` */
export function toTranscribeOptions(
  parameters: unknown,
): Pick<TranscribeOptions, 'language' | 'prompt' | 'temperature'> {
  return checkTaskParameters(parametersSchema, parameters);
}

/** @param shape of the input, which the outputs take over */
export function toTextTensors(answers: readonly Transcription[], shape: readonly number[]): ClientTensor[] {
  const texts = answers.map(({ text }) => text);
  const languages = answers.map(({ language }) => language);
  const durations = answers.map(({ duration }) => duration);
  const segments = answers.map((answer) =>
    JSON.stringify(answer.segments.map(({ text, start, end }) => ({ text, start, end }))),
  );
  return [
    textTensor('text', shape, texts),
    textTensor('language', shape, languages),
    floatTensor('duration', shape, durations),
    textTensor('segments', shape, segments),
  ];
}
