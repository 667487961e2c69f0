import { BodyChunks } from '../body/body-chunks.ts';
import { readDecodedBody, sendEncoded } from '../body/content-coding.ts';
import type { RouteHandler } from '../routing/route.ts';
import { refuseBeforeBody } from '../exchange/refuse-before-body.ts';
import { contextOf, optionsOf, tellTiming } from '../exchange/request-context.ts';
import { findVersion } from './find-version.ts';
import { readInferRequest } from './infer-request.ts';
import { writeInferResponse } from './infer-response.ts';

/** Header of requests and answers: length of the JSON, which binary tensors follow. */
const JSON_LENGTH_HEADER = 'Inference-Header-Content-Length';

/** `POST /v2/models/{name}[/versions/{version}]/infer`: tensors to tensors, in JSON, binary or both. */
export const infer: RouteHandler = async (request, response, { service, limits }) => {
  const context = contextOf(response);
  const model = findVersion(service, request);
  context.model = model;
  refuseBeforeBody(service, [model.name], request, context);
  const jsonLength = request.get(JSON_LENGTH_HEADER);
  const asked = await readDecodedBody(request, response, limits.tensorBodyBytes, async (chunks) =>
    readInferRequest(new BodyChunks(chunks), jsonLength, model, limits, optionsOf(context)),
  );

  const answer = await service.infer(model.name, asked.inputs, {
    ...optionsOf(context),
    ...asked.options,
    version: model.version,
  });
  context.timing = answer.timing;
  const { json, tensors } = await writeInferResponse(answer, asked, model, limits, optionsOf(context));
  tellTiming(response, answer.timing);
  response.setHeader('Content-Type', tensors.length === 0 ? 'application/json' : 'application/octet-stream');
  if (tensors.length > 0)
    response.set(JSON_LENGTH_HEADER, String(json.reduce((sum, { byteLength }) => sum + byteLength, 0)));
  await sendEncoded(request, response, [...json, ...tensors]);
};
