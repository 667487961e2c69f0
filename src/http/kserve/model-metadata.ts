import type { z } from 'zod';
import type { GraphSignature } from '../../service/api/graph-signature.ts';
import type { InputDescription, ParameterDescription } from '../../service/api/predictions.ts';
import type { ModelPort } from '../../service/api/tensor-inference.ts';
import { assertReady } from '../../service/api/service-errors.ts';
import type { RouteHandler } from '../routing/route.ts';
import { findVersion } from './find-version.ts';
import { describedParameter } from '../openapi/parameter-schema.ts';
import type { modelMetadata, modelsResponse } from './schemas.ts';

type MetadataInput = z.output<typeof modelMetadata>['inputs'][number];

/** `GET /v2/models`: names only, as in KServe's server. */
export const listModels: RouteHandler = (_request, response, { service }) => {
  assertReady(service);
  const names = new Set(service.models().map(({ name }) => name));
  response.json({ models: [...names] } satisfies z.output<typeof modelsResponse>);
};

/** `GET /v2/models/{name}[/versions/{version}]` */
export const showModel: RouteHandler = (request, response, { service }) => {
  const model = findVersion(service, request);
  const { name, versions, platform, inputs, outputs, graphs, properties, prediction } = model;
  const described = new Map(prediction?.inputs.map((input) => [input.name, input]));
  const parameters = prediction?.parameters ?? [];
  response.json({
    name,
    versions: versions.map(String),
    platform,
    inputs: inputs.map((port) => ({ ...toPort(port), ...ofInput(described.get(port.name)) })),
    outputs: outputs.map(toPort),
    properties: {
      ...properties,
      ...Object.fromEntries(graphs.map(toProperty)),
      ...Object.fromEntries(parameters.map(toParameterProperty)),
    },
  } satisfies z.output<typeof modelMetadata>);
};

function toPort({ name, datatype, shape }: ModelPort): z.output<typeof modelMetadata>['outputs'][number] {
  return { name, datatype, shape: [...shape] };
}

/** A graph's signature as JSON text, since the protocol's properties are text. */
function toProperty({ name, ...signature }: GraphSignature): [key: string, value: string] {
  return [`graph.${name}`, JSON.stringify(signature)];
}

/** What the protocol has no field for. Its extensions go into `parameters`, whose values are texts, numbers and booleans. */
function ofInput(input: InputDescription | undefined): Pick<MetadataInput, 'parameters'> {
  if (input === undefined) return {};
  const { kind, occurrence, description } = input;
  const [optional, repeated] = [occurrence === 'optional', occurrence === 'repeated'];
  return { parameters: { kind, optional, repeated, description } };
}

/** Its schema as JSON text, as a graph's signature. */
function toParameterProperty(parameter: ParameterDescription): [key: string, value: string] {
  return [`parameter.${parameter.name}`, JSON.stringify(describedParameter(parameter))];
}
