/** A path of its own for each model that describes itself: what it takes and gives, as its component says. */
import type {
  InputDescription,
  OutputDescription,
  ParameterDescription,
  TensorKind,
} from '../../service/api/predictions.ts';
import { shapeOf, wholeInputs } from '../../service/api/task-shapes.ts';
import type { ModelSummary } from '../../service/api/tasks.ts';
import type { JsonSchema } from '../routing/api-schemas.ts';
import { soleInput } from '../../service/api/bare-input.ts';
import { BLANKS } from './examples.ts';
import type { OpenApiDocument, OperationObject, PathItem } from './openapi-document.ts';

/** The route that runs any model: its refusals are each model's too. */
const GENERIC = '/models/{model}';

/** @param models that the reader may see */
export function describeModels(
  { paths }: OpenApiDocument,
  models: readonly ModelSummary[],
): Record<string, PathItem> {
  const generic = paths[GENERIC]?.post;
  if (generic === undefined) return {};
  const described = models.filter(({ prediction }) => prediction !== undefined);
  return Object.fromEntries(
    described.map((model) => [`/models/${model.name}`, { post: describeModel(model, generic) }]),
  );
}

function describeModel(model: ModelSummary, generic: OperationObject): OperationObject {
  const { name, task, prediction = { inputs: [], parameters: [], outputs: [] } } = model;
  const { inputs, parameters, outputs } = prediction;
  const ok = generic.responses['200'];
  const { 'x-codeSamples': samples, ...route } = generic;
  return {
    ...route,
    ...(samples && curlLine(samples, inputs, name)),
    operationId: `run_${name}`,
    summary: `${name}: ${task}`,
    description: [...inputs, ...outputs].map((part) => `${part.name}: ${part.description}`).join('\n'),
    parameters: [
      ...parameters.map((parameter) => queryParameter(parameter, parameterSchema(parameter))),
      ...(parameters.some((parameter) => parameter.name === 'outputs') ? [] : [wantedParameter(outputs)]),
    ],
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: {
            type: 'object',
            properties: {
              inputs: inputsSchema(model, inputs),
              parameters: parametersSchema(parameters, inputsBesides(model, inputs)),
              outputs: { type: 'array', items: { enum: outputs.map((output) => output.name) } },
            },
            ...(inputs.some(({ occurrence }) => occurrence !== 'optional') && { required: ['inputs'] }),
          },
        },
        'multipart/form-data': { schema: formSchema(model, inputs, parameters) },
        ...bareContent(inputs),
      },
    },
    responses: {
      ...generic.responses,
      200: {
        headers: {},
        ...ok,
        description: 'What the task says, or each output by its name where the request names outputs.',
        content: answerContent(model, outputs),
      },
    },
  };
}

function queryParameter(
  { name, description }: Pick<ParameterDescription, 'name' | 'description'>,
  schema: JsonSchema,
): NonNullable<OperationObject['parameters']>[number] {
  return { name, in: 'query', required: false, description, schema };
}

function wantedParameter(
  outputs: readonly OutputDescription[],
): NonNullable<OperationObject['parameters']>[number] {
  const description = 'Outputs that are wanted, which then come by their names; separated by commas, too.';
  return queryParameter(
    { name: 'outputs', description },
    { type: 'array', items: { enum: outputs.map(({ name }) => name) } },
  );
}

/** For a model that needs one file and nothing else. */
function curlLine(
  samples: NonNullable<OperationObject['x-codeSamples']>,
  inputs: readonly InputDescription[],
  model: string,
): Pick<OperationObject, 'x-codeSamples'> {
  const [needed, more] = inputs.filter(({ occurrence }) => occurrence !== 'optional');
  const file = needed === undefined || more !== undefined ? undefined : EXAMPLE_FILES[needed.kind];
  if (file === undefined) return {};
  return {
    'x-codeSamples': samples.map(({ lang, source }) => ({
      lang,
      source: source.replace('photo.jpg', file).replace(BLANKS.model, model),
    })),
  };
}

/** As the other examples have them. */
const EXAMPLE_FILES: Readonly<Partial<Record<InputDescription['kind'], string>>> = {
  picture: 'photo.jpg',
  sound: 'sound.wav',
};

/** A file or a text alone as the body, where the model needs nothing else. */
function bareContent(inputs: readonly InputDescription[]): Record<string, { schema: JsonSchema }> {
  const bare = soleInput(inputs);
  if (bare === undefined) return {};
  const { kind, description } = bare;
  return kind === 'text'
    ? { 'text/plain': { schema: { type: 'string', description } } }
    : { 'application/octet-stream': { schema: { type: 'string', format: 'binary', description } } };
}

/** The value of a task's input alone, or values by the names of inputs. */
function inputsSchema(model: ModelSummary, inputs: readonly InputDescription[]): JsonSchema {
  const shape = shapeOf(model.task);
  // Clients of some tasks give an input among the parameters.
  const required = inputs
    .filter(({ name, occurrence }) => occurrence !== 'optional' && shape?.besides?.includes(name) !== true)
    .map(({ name }) => name);
  const named = {
    type: 'object',
    properties: Object.fromEntries(inputs.map((input) => [input.name, inputSchema(model, input)])),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
  const whole = wholeInputs(inputs, shape).map((input) => inputSchema(model, input));
  return whole.length === 0 ? named : { anyOf: [...whole, named] };
}

function formSchema(
  model: ModelSummary,
  inputs: readonly InputDescription[],
  parameters: readonly ParameterDescription[],
): JsonSchema {
  const parts = inputs.map((input) => {
    const isFile = input.kind === 'picture' || input.kind === 'sound' || input.kind === 'file';
    return [input.name, isFile ? filePart(input) : inputSchema(model, input)];
  });
  const others = parameters.map((parameter) => [parameter.name, parameterSchema(parameter)]);
  return { type: 'object', properties: Object.fromEntries([...parts, ...others]) as JsonSchema };
}

function filePart({ occurrence, description }: InputDescription): JsonSchema {
  const one = { type: 'string', format: 'binary', description };
  return occurrence === 'repeated' ? { type: 'array', items: one, minItems: 1 } : one;
}

function inputSchema(model: ModelSummary, input: InputDescription): JsonSchema {
  const { description, occurrence } = input;
  const one = { ...valueSchema(model, 'input', input), description };
  return occurrence === 'repeated' ? { type: 'array', items: one, minItems: 1 } : one;
}

type Described = InputDescription | OutputDescription;

function valueSchema({ name: model }: ModelSummary, way: 'input' | 'output', value: Described): JsonSchema {
  switch (value.kind) {
    case 'picture':
    case 'sound':
    case 'file':
      return { type: 'string', contentEncoding: 'base64' };
    case 'text':
      return { type: 'string' };
    case 'json': {
      if (value.schema === undefined) return {};
      const { $schema: _dialect, ...schema } = value.schema;
      // So that its references are to itself, and not to the document that it stands in.
      return { $id: `urn:sandpiper:${model}:${way}:${value.name}`, ...schema };
    }
    case 'tensor':
      return way === 'input' ? { anyOf: [tensorSchema(value), { type: 'array' }] } : tensorSchema(value);
    case 'labels':
      return LABELS;
    case 'media':
      return {
        type: 'object',
        properties: {
          media_type: { enum: value.mediaTypes },
          base64: { type: 'string', contentEncoding: 'base64' },
        },
      };
  }
}

function tensorSchema({ datatype }: TensorKind): JsonSchema {
  return {
    type: 'object',
    properties: {
      datatype: { const: datatype },
      shape: { type: 'array', items: { type: 'integer', minimum: 0 } },
      data: { type: 'array' },
      base64: { type: ['string', 'array'], description: 'In the place of data.' },
    },
  };
}

const LABELS: JsonSchema = {
  type: 'array',
  items: {
    type: 'object',
    properties: { label: { type: 'string' }, score: { type: 'number' } },
    required: ['label', 'score'],
  },
};

function answerContent(
  model: ModelSummary,
  outputs: readonly OutputDescription[],
): Record<string, { schema: JsonSchema }> {
  const required = outputs.filter(({ optional }) => !optional).map(({ name }) => name);
  const named: JsonSchema = {
    type: 'object',
    properties: {
      outputs: {
        type: 'object',
        properties: Object.fromEntries(
          outputs.map((output) => [
            output.name,
            { ...valueSchema(model, 'output', output), description: output.description },
          ]),
        ),
        ...(required.length > 0 && { required }),
      },
    },
    required: ['outputs'],
  };
  const [first] = outputs;
  const shape = shapeOf(model.task);
  const stream = { 'text/event-stream': { schema: { type: 'string' } } };
  if (shape === undefined || first === undefined) return { 'application/json': { schema: named }, ...stream };
  if (first.kind === 'media' && shape.form === undefined) {
    const files = first.mediaTypes.map((type) => [type, { schema: { type: 'string', format: 'binary' } }]);
    return {
      ...(Object.fromEntries(files) as Record<string, { schema: JsonSchema }>),
      'application/json': { schema: named },
      ...stream,
    };
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

/** @param besides inputs that clients of the task give among the parameters */
function parametersSchema(
  parameters: readonly ParameterDescription[],
  besides: readonly [string, JsonSchema][],
): JsonSchema {
  const own = parameters.map((parameter): [string, JsonSchema] => [
    parameter.name,
    { ...parameterSchema(parameter), description: parameter.description },
  ]);
  return { type: 'object', properties: Object.fromEntries([...own, ...besides]) };
}

function inputsBesides(model: ModelSummary, inputs: readonly InputDescription[]): [string, JsonSchema][] {
  const names = shapeOf(model.task)?.besides ?? [];
  return inputs
    .filter(({ name }) => names.includes(name))
    .map((input) => [input.name, inputSchema(model, input)]);
}

function parameterSchema(parameter: ParameterDescription): JsonSchema {
  const usual = parameter.default !== undefined && { default: parameter.default };
  switch (parameter.kind) {
    case 'boolean':
      return { type: 'boolean', ...usual };
    case 'text':
      return { type: 'string', ...(parameter.choices && { enum: parameter.choices }), ...usual };
    case 'integer':
    case 'number': {
      const { kind, minimum, maximum } = parameter;
      return {
        type: kind,
        ...(minimum !== undefined && { minimum }),
        ...(maximum !== undefined && { maximum }),
        ...usual,
      };
    }
  }
}
