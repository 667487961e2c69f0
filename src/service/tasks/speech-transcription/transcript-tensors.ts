/** Transcripts in tensors. */
import { z } from 'zod';
import { floatTensor, textTensor } from '../../api/client-tensors.ts';
import { languageSchema, promptSchema, temperatureSchema } from '../../api/task-options.ts';
import type { TranscribeOptions, Transcription } from '../../api/tasks.ts';
import type { ClientTensor, ModelPort } from '../../api/tensor-inference.ts';
import { checkParameters } from '../check-parameters.ts';

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
  const { language, prompt, temperature } = checkParameters(parametersSchema, parameters);
  return {
    ...(language !== undefined && { language }),
    ...(prompt !== undefined && { prompt }),
    ...(temperature !== undefined && { temperature }),
  };
}

/** @param shape of the input, which the outputs take over */
export function toTextTensors(answers: readonly Transcription[], shape: readonly number[]): ClientTensor[] {
  const segments = answers.map((answer) =>
    JSON.stringify(answer.segments.map(({ text, start, end }) => ({ text, start, end }))),
  );
  return [
    textTensor(
      'text',
      shape,
      answers.map(({ text }) => text),
    ),
    textTensor(
      'language',
      shape,
      answers.map(({ language }) => language),
    ),
    floatTensor(
      'duration',
      shape,
      answers.map(({ duration }) => duration),
    ),
    textTensor('segments', shape, segments),
  ];
}
