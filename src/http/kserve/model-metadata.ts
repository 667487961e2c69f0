import type { z } from 'zod';
import type { GraphSignature } from '../../service/api/graph-signature.ts';
import type { ModelPort } from '../../service/api/tensor-inference.ts';
import { assertReady } from '../../service/api/service-errors.ts';
import type { RouteHandler } from '../routing/route.ts';
import { findVersion } from './find-version.ts';
import type { modelMetadata, modelsResponse } from './schemas.ts';

/** `GET /v2/models`: names only, as in KServe's server. */
export const listModels: RouteHandler = (_request, response, { service }) => {
  assertReady(service);
  const names = new Set(service.models().map(({ name }) => name));
  response.json({ models: [...names] } satisfies z.output<typeof modelsResponse>);
};

/** `GET /v2/models/{name}[/versions/{version}]` */
export const showModel: RouteHandler = (request, response, { service }) => {
  const { name, versions, platform, inputs, outputs, graphs, properties } = findVersion(service, request);
  response.json({
    name,
    versions: versions.map(String),
    platform,
    inputs: inputs.map(toPort),
    outputs: outputs.map(toPort),
    properties: { ...properties, ...Object.fromEntries(graphs.map(toProperty)) },
  } satisfies z.output<typeof modelMetadata>);
};

function toPort({ name, datatype, shape }: ModelPort): z.output<typeof modelMetadata>['inputs'][number] {
  return { name, datatype, shape: [...shape] };
}

/** A graph's signature as JSON text, since the protocol's properties are text. */
function toProperty({ name, ...signature }: GraphSignature): [key: string, value: string] {
  return [`graph.${name}`, JSON.stringify(signature)];
}
