/**
 * Requests and answers of the Open Inference Protocol v2 and of Triton's extensions to it. Unknown fields of requests
 * are ignored, since the protocol is extended by parameters.
 */
import { z } from 'zod';
import { DATATYPES } from '../../element-types.ts';
import { answerSchemas, requestSchemas } from '../routing/api-schemas.ts';

export const MAX_TENSORS = 1_024;
const MAX_DIMENSIONS = 64;

const anObject = { error: 'expected an object' };
const aJsonObject = { error: 'expected a JSON object' };
const wholeNumber = { error: 'expected a whole number from 0' };
const size = z.int(wholeNumber).min(0, wholeNumber);
const truth = z.boolean({ error: 'expected true or false' });
const text = z.string({ error: 'expected text' });
const datatype = z.enum(DATATYPES, { error: `expected one of ${DATATYPES.join(', ')}` });

const parameter = z.union([z.string(), z.number(), z.boolean()], {
  error: 'expected text, a number, true or false',
});

const inputParameters = z.looseObject(
  {
    binary_data_size: size.optional().describe('bytes of the tensor behind the JSON'),
    content_type: z.unknown().optional().describe('"base64": BYTES elements are given in base64'),
  },
  anObject,
);

const inferInput = z.object(
  {
    name: text,
    shape: z
      .array(size, { error: 'expected an array of whole numbers' })
      .max(MAX_DIMENSIONS, { error: `expected at most ${MAX_DIMENSIONS} dimensions` }),
    datatype,
    parameters: inputParameters.optional(),
    // Checked where the datatype is known.
    data: z.unknown().optional().describe('array of elements, nested by the shape or flat'),
  },
  anObject,
);
export type InferInput = z.output<typeof inferInput>;

const requestedOutput = z.object(
  {
    name: text,
    parameters: z
      .looseObject(
        {
          binary_data: truth.optional(),
          content_type: z.unknown().optional().describe('"base64": BYTES elements come in base64'),
          classification: size.optional().describe('how many of the best classes to give as text'),
        },
        anObject,
      )
      .optional(),
  },
  anObject,
);
export type RequestedOutput = z.output<typeof requestedOutput>;

const requestParameters = z
  .object(
    {
      binary_data_output: truth.optional(),
      priority: size.optional().describe('0: as the service decides; 1: first'),
      timeout: size.optional().describe('microseconds that the answer may take; 0: as the model allows'),
    },
    anObject,
  )
  .catchall(parameter);

export const inferRequest = z
  .object(
    {
      id: text.optional(),
      parameters: requestParameters.optional(),
      inputs: z.array(inferInput, { error: 'expected an array of tensors' }),
      outputs: z.array(requestedOutput, { error: 'expected an array of outputs' }).optional(),
    },
    aJsonObject,
  )
  .register(requestSchemas, { id: 'InferRequest' });
export type InferRequest = z.output<typeof inferRequest>;

export const inferResponse = z
  .object({
    id: z.string().optional(),
    model_name: z.string(),
    model_version: z.string(),
    outputs: z.array(
      z.object({
        name: z.string(),
        shape: z.array(size),
        datatype,
        parameters: z.object({ binary_data_size: size }).optional(),
        data: z.array(z.union([z.number(), z.string(), z.boolean()])).optional(),
      }),
    ),
  })
  .register(answerSchemas, { id: 'InferResponse' });

export const inferHeaders = z.object({
  'Inference-Header-Content-Length': z
    .int()
    .min(0)
    .optional()
    .describe(
      'Of the body, the bytes that are JSON; binary tensors follow. 0: all of the body is the one tensor.',
    ),
  'Content-Encoding': z.enum(['gzip', 'deflate', 'identity']).optional(),
});

export const indexRequest = z
  .object({ ready: truth.optional() }, aJsonObject)
  .register(requestSchemas, { id: 'RepositoryIndexRequest' });

export const indexResponse = z
  .array(z.object({ name: z.string(), version: z.string(), state: z.string(), reason: z.string() }))
  .register(answerSchemas, { id: 'RepositoryIndex' });

export const loadRequest = z
  .object(
    {
      parameters: z
        .record(z.string(), z.unknown(), anObject)
        .optional()
        .meta({ maxProperties: 0, description: 'none is taken' }),
    },
    aJsonObject,
  )
  .register(requestSchemas, { id: 'LoadRequest' });

export const unloadRequest = z
  .object(
    {
      parameters: z.strictObject({ unload_dependents: truth.optional() }, anObject).optional(),
    },
    aJsonObject,
  )
  .register(requestSchemas, { id: 'UnloadRequest' });

export const loadResponse = z.object({ name: z.string(), load: z.literal(true) });
export const unloadResponse = z.object({ name: z.string(), unload: z.literal(true) });

const port = z.object({ name: z.string(), datatype, shape: z.array(z.int().min(-1)) });

export const liveResponse = z.object({ live: z.literal(true) });
export const readyResponse = z.object({
  ready: z.literal(true),
  live: z.literal(true),
  complete: z.boolean().describe('False where a model that should be served could not be loaded.'),
});
export const modelReadyResponse = z.object({ name: z.string(), ready: z.literal(true) });

export const serverMetadata = z
  .object({
    name: z.string(),
    version: z.string(),
    extensions: z.array(z.string()),
  })
  .register(answerSchemas, { id: 'ServerMetadata' });

export const modelsResponse = z.object({ models: z.array(z.string()) });

export const modelMetadata = z
  .object({
    name: z.string(),
    versions: z.array(z.string()),
    platform: z.string(),
    inputs: z.array(
      port.extend({
        parameters: z
          .object({
            kind: z.string().describe('what its elements are: picture, sound, text, file, json or tensor'),
            optional: z.boolean(),
            repeated: z.boolean().describe('takes one value or more'),
            description: z.string(),
          })
          .optional()
          .describe('of a model that describes itself'),
      }),
    ),
    outputs: z.array(port),
    properties: z
      .record(z.string(), z.string())
      .describe(
        'texts, of which two kinds are JSON: as "graph.{name}" what a graph takes and gives, and as "parameter.{name}" the schema of a parameter that requests may have',
      ),
  })
  .register(answerSchemas, { id: 'ModelMetadata' });

const configPort = z.object({
  name: z.string(),
  data_type: z.string(),
  dims: z.array(z.int().min(-1)),
  is_shape_tensor: z.literal(false),
});

export const modelConfig = z
  .object({
    name: z.string(),
    platform: z.string(),
    backend: z.string(),
    version_policy: z.object({ specific: z.object({ versions: z.array(z.int()) }) }),
    max_batch_size: size,
    input: z.array(
      configPort.extend({
        format: z
          .enum(['FORMAT_NONE', 'FORMAT_NCHW', 'FORMAT_NHWC'])
          .describe('of a picture, as the shape or config.pbtxt tells'),
        allow_ragged_batch: z.literal(false),
        optional: z.boolean(),
      }),
    ),
    output: z.array(configPort.extend({ label_filename: z.string().describe('"" without labels') })),
    model_transaction_policy: z.object({ decoupled: z.literal(false) }),
  })
  .register(answerSchemas, { id: 'ModelConfig' });

const duration = z.object({ count: size, ns: size });

export const statisticsResponse = z
  .object({
    model_stats: z.array(
      z.object({
        name: z.string(),
        version: z.string(),
        last_inference: size,
        inference_count: size,
        execution_count: size,
        inference_stats: z.object({
          success: duration,
          fail: duration,
          queue: duration,
          compute_input: duration,
          compute_infer: duration,
          compute_output: duration,
          cache_hit: duration,
          cache_miss: duration,
        }),
        response_stats: z.object({}),
        batch_stats: z.array(z.unknown()),
        memory_usage: z.array(z.unknown()),
      }),
    ),
  })
  .register(answerSchemas, { id: 'ModelStatistics' });

export const errorResponse = z
  .object({ error: z.string() })
  .register(answerSchemas, { id: 'OpenInferenceError' });
