/** Requests and answers of Hugging Face's image-classification and automatic-speech-recognition, as supported here. */
import { z } from 'zod';
import { scoreFunctionSchema, topKSchema } from '../../service/api/task-options.ts';
import { answerSchemas, requestSchemas } from '../routing/api-schemas.ts';

const trueOrFalse = z.boolean({ error: 'expected true or false' });

/** A file in JSON. The same parameters may be in the query or in a form, beside a file as it is. */
export const modelInputSchema = z.strictObject({
  inputs: z
    .string({ error: 'expected the file in base64' })
    .min(1, 'the file is empty')
    .describe('The file in base64.'),
  parameters: z.record(z.string(), z.unknown(), { error: 'expected an object' }).optional(),
  options: z
    .strictObject(
      {
        wait_for_model: trueOrFalse.optional().describe('Requests wait in any case.'),
        use_cache: trueOrFalse.optional().describe('There is no cache of answers.'),
      },
      { error: 'expected an object with wait_for_model or use_cache' },
    )
    .optional(),
});

/** A request to a model of the open contract; more fields are parameters of the model, which its handler knows. */
export const predictionJsonSchema = z
  .looseObject(
    {
      inputs: z
        .unknown()
        .optional()
        .describe("The value of the task's one input, files in base64; or values by the names of inputs."),
      parameters: z.record(z.string(), z.unknown(), { error: 'expected an object' }).optional(),
      outputs: z
        .array(z.string(), { error: 'expected a list of names' })
        .optional()
        .describe('Outputs that are wanted, which then come by their names.'),
      options: z.looseObject({}, { error: 'expected an object' }).optional(),
      stream: trueOrFalse
        .optional()
        .describe('Whether the answer comes as events, which `Accept` asks for otherwise.'),
    },
    { error: 'expected a JSON object' },
  )
  .register(requestSchemas, { id: 'PredictionInput' });

export const classificationParametersSchema = z.strictObject({
  top_k: topKSchema.optional(),
  function_to_apply: scoreFunctionSchema.optional(),
});

export const transcriptionParametersSchema = z.strictObject({
  return_timestamps: z
    .union([z.boolean(), z.literal('word')], { error: 'expected true, false or "word"' })
    .optional()
    .describe('Answers with chunks: segments, or single words where the model gives their times.'),
});

/** Parameters beside a bare file; the model's task decides which are allowed. */
export const parametersSchema = classificationParametersSchema.extend(transcriptionParametersSchema.shape);

export const modelFormSchema = parametersSchema
  .extend({ file: z.file().describe('The picture or the sound.') })
  .register(requestSchemas, { id: 'ModelForm' });

/** A file in JSON, with the parameters that its handler checks once it knows the model's task. */
export const modelJsonSchema = modelInputSchema
  .extend({ parameters: parametersSchema.optional() })
  .register(requestSchemas, { id: 'ModelInput' });

/** Best first. */
export const classificationSchema = z
  .array(z.strictObject({ label: z.string(), score: z.number() }))
  .register(answerSchemas, { id: 'Classification' });

export const transcriptSchema = z
  .strictObject({
    text: z.string(),
    chunks: z
      .array(
        z.strictObject({
          text: z.string(),
          timestamp: z.array(z.number()).length(2).describe('Start and end in seconds.'),
        }),
      )
      .optional(),
  })
  .register(answerSchemas, { id: 'Transcript' });

export const errorSchema = z
  .strictObject({ error: z.string() })
  .register(answerSchemas, { id: 'HuggingFaceError' });
