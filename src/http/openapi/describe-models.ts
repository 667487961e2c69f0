/** A path of its own for each model that describes itself: what it takes and gives, as its component says. */
import type {
  InputDescription,
  OutputDescription,
  PredictionDescription,
} from '../../service/api/predictions.ts';
import { shapeOf, wholeInputs } from '../../service/api/task-shapes.ts';
import type { ModelSummary } from '../../service/api/tasks.ts';
import type { JsonSchema } from '../routing/api-schemas.ts';
import { soleInput } from '../../service/api/bare-input.ts';
import { BLANKS } from './examples.ts';
import { describedParameter, parameterSchema } from './parameter-schema.ts';
import type {
  ContentObject,
  OpenApiDocument,
  OperationObject,
  ParameterObject,
  PathItem,
} from './openapi-document.ts';

/** The route that runs any model: its refusals are each model's too. */
const GENERIC = '/models/{model}';

type DescribedModel = ModelSummary & { readonly prediction: PredictionDescription };

/** @param models that the reader may see */
export function describeModels(
  { paths }: OpenApiDocument,
  models: readonly ModelSummary[],
): Record<string, PathItem> {
  const generic = paths[GENERIC]?.post;
  if (generic === undefined) return {};
  const described = models.filter((model): model is DescribedModel => model.prediction !== undefined);
  return Object.fromEntries(
    described.map((model) => [`/models/${model.name}`, { post: describeModel(model, generic) }]),
  );
}

function describeModel(model: DescribedModel, generic: OperationObject): OperationObject {
  const { name, task, prediction } = model;
  const { inputs, outputs } = prediction;
  const { 'x-codeSamples': samples = [], ...route } = generic;
  const file = exampleFile(inputs);
  const wanted = { type: 'array', items: { enum: outputs.map((output) => output.name) } };
  return {
    ...route,
    ...(file !== undefined && {
      'x-codeSamples': samples.map(({ lang, source }) => ({
        lang,
        source: source.replace('photo.jpg', file).replace(BLANKS.model, name),
      })),
    }),
    operationId: `run_${name}`,
    summary: `${name}: ${task}`,
    description: [...inputs, ...outputs].map((part) => `${part.name}: ${part.description}`).join('\n'),
    parameters: queryParameters(prediction, wanted),
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: {
            type: 'object',
            properties: { inputs: inputsSchema(model), parameters: parametersSchema(model), outputs: wanted },
            ...(inputs.some(({ occurrence }) => occurrence !== 'optional') && { required: ['inputs'] }),
          },
        },
        'multipart/form-data': { schema: formSchema(model) },
        ...bareContent(inputs),
      },
    },
    responses: {
      ...generic.responses,
      200: {
        headers: {},
        ...generic.responses['200'],
        description: 'What the task says, or each output by its name where the request names outputs.',
        content: answerContent(model),
      },
    },
  };
}

function queryParameters(
  { parameters }: PredictionDescription,
  wantedOutputs: JsonSchema,
): readonly ParameterObject[] {
  const inQuery = (name: string, description: string, schema: JsonSchema): ParameterObject => ({
    name,
    in: 'query',
    required: false,
    description,
    schema,
  });
  const own = parameters.map((one) => inQuery(one.name, one.description, parameterSchema(one)));
  if (parameters.some(({ name }) => name === 'outputs')) return own;
  const description = 'Outputs that are wanted, which then come by their names; separated by commas, too.';
  return [...own, inQuery('outputs', description, wantedOutputs)];
}

/** The file of the other examples for a model that needs one file and nothing else. */
function exampleFile(inputs: readonly InputDescription[]): string | undefined {
  const [needed, more] = inputs.filter(({ occurrence }) => occurrence !== 'optional');
  if (more !== undefined) return undefined;
  if (needed?.kind === 'sound') return 'sound.wav';
  return needed?.kind === 'picture' ? 'photo.jpg' : undefined;
}

/** A file or a text alone as the body, where the model needs nothing else. */
function bareContent(inputs: readonly InputDescription[]): ContentObject {
  const bare = soleInput(inputs);
  if (bare === undefined) return {};
  const { kind, description } = bare;
  return kind === 'text'
    ? { 'text/plain': { schema: { type: 'string', description } } }
    : { 'application/octet-stream': { schema: { ...BINARY, description } } };
}

/** The value of a task's input alone, or values by the names of inputs. */
function inputsSchema(model: DescribedModel): JsonSchema {
  const { inputs } = model.prediction;
  const shape = shapeOf(model.task);
  // Clients of some tasks give an input among the parameters.
  const required = inputs
    .filter(({ name, occurrence }) => occurrence !== 'optional' && shape?.besides?.includes(name) !== true)
    .map(({ name }) => name);
  const named = {
    type: 'object',
    properties: byName(inputs, (input) => inputSchema(model, input)),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
  const whole = wholeInputs(inputs, shape).map((input) => inputSchema(model, input));
  return whole.length === 0 ? named : { anyOf: [...whole, named] };
}

/** The model's parameters, and the inputs that clients of the task give among them. */
function parametersSchema(model: DescribedModel): JsonSchema {
  const { inputs, parameters } = model.prediction;
  const besides = shapeOf(model.task)?.besides ?? [];
  const given = inputs.filter(({ name }) => besides.includes(name));
  const properties = {
    ...byName(parameters, describedParameter),
    ...byName(given, (input) => inputSchema(model, input)),
  };
  return { type: 'object', properties };
}

function formSchema(model: DescribedModel): JsonSchema {
  const { inputs, parameters } = model.prediction;
  const properties = {
    ...byName(inputs, (input) => inputSchema(model, input, BINARY)),
    ...byName(parameters, parameterSchema),
  };
  return { type: 'object', properties };
}

function byName<Named extends { readonly name: string }>(
  all: readonly Named[],
  schemaOf: (one: Named) => JsonSchema,
): Record<string, JsonSchema> {
  return Object.fromEntries(all.map((one) => [one.name, schemaOf(one)]));
}

const BINARY: JsonSchema = { type: 'string', format: 'binary' };
const BASE64: JsonSchema = { type: 'string', contentEncoding: 'base64' };

/** @param file a file, as the body of the request holds it */
function inputSchema(model: ModelSummary, input: InputDescription, file = BASE64): JsonSchema {
  const { description, occurrence } = input;
  const one = { ...valueSchema(model, 'input', input, file), description };
  return occurrence === 'repeated' ? { type: 'array', items: one, minItems: 1 } : one;
}

function valueSchema(
  { name: model }: ModelSummary,
  way: 'input' | 'output',
  value: InputDescription | OutputDescription,
  file = BASE64,
): JsonSchema {
  switch (value.kind) {
    case 'picture':
    case 'sound':
    case 'file':
      return file;
    case 'text':
      return { type: 'string' };
    case 'json': {
      if (value.schema === undefined) return {};
      const { $schema: _dialect, ...schema } = value.schema;
      // So that its references are to itself, and not to the document that it stands in.
      return { $id: `urn:sandpiper:${model}:${way}:${value.name}`, ...schema };
    }
    case 'tensor': {
      const properties = {
        datatype: { const: value.datatype },
        shape: { type: 'array', items: { type: 'integer', minimum: 0 } },
        data: { type: 'array' },
        base64: { type: ['string', 'array'], description: 'In the place of data.' },
      };
      const tensor = { type: 'object', properties };
      return way === 'input' ? { anyOf: [tensor, { type: 'array' }] } : tensor;
    }
    case 'labels':
      return LABELS;
    case 'media':
      return { type: 'object', properties: { media_type: { enum: value.mediaTypes }, base64: BASE64 } };
  }
}

const LABELS: JsonSchema = {
  type: 'array',
  items: {
    type: 'object',
    properties: { label: { type: 'string' }, score: { type: 'number' } },
    required: ['label', 'score'],
  },
};

function answerContent(model: DescribedModel): ContentObject {
  const { outputs } = model.prediction;
  const required = outputs.filter(({ optional }) => !optional).map(({ name }) => name);
  const properties = byName(outputs, (output) => ({
    ...valueSchema(model, 'output', output),
    description: output.description,
  }));
  const named: JsonSchema = {
    type: 'object',
    properties: { outputs: { type: 'object', properties, ...(required.length > 0 && { required }) } },
    required: ['outputs'],
  };
  const [first] = outputs;
  const shape = shapeOf(model.task);
  const stream = { 'text/event-stream': { schema: { type: 'string' } } };
  if (shape === undefined || first === undefined) return { 'application/json': { schema: named }, ...stream };
  if (first.kind === 'media' && shape.form === undefined) {
    const files: ContentObject = Object.fromEntries(
      first.mediaTypes.map((type) => [type, { schema: BINARY }]),
    );
    return { ...files, 'application/json': { schema: named }, ...stream };
  }
  return { 'application/json': { schema: { anyOf: [taskSchema(model, first), named] } }, ...stream };
}

/** An answer as the task has it. */
function taskSchema(model: ModelSummary, output: OutputDescription): JsonSchema {
  const form = shapeOf(model.task)?.form;
  if (form?.kind === 'text' && output.kind === 'text') {
    const one = { type: 'object', properties: { [form.key]: { type: 'string' } }, required: [form.key] };
    return form.list ? { type: 'array', items: one } : one;
  }
  if (form?.kind === 'nested-labels' && output.kind === 'labels') return { type: 'array', items: LABELS };
  return output.kind === 'tensor' || output.kind === 'media'
    ? { type: 'array' }
    : valueSchema(model, 'output', output);
}
