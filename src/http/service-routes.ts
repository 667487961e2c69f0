/** Routes about the service itself, outside every convention. */
import { z } from 'zod';
import type { ModelSummary } from '../service/api/tasks.ts';
import type { HttpMetrics } from '../telemetry/http-metrics.ts';
import type { RouteGroup } from './routing/convention.ts';
import { errorSchema } from './huggingface/schemas.ts';
import { describeApi } from './openapi/describe-api.ts';
import { describeModels } from './openapi/describe-models.ts';
import { fillExamples } from './openapi/examples.ts';
import { keptTexts } from './openapi/kept-texts.ts';
import type { OpenApiDocument } from './openapi/openapi-document.ts';
import type { Operation } from './routing/operation.ts';
import { REFERENCE_PAGE_HEADERS, renderReference } from './openapi/reference-page.ts';
import { get } from './routing/route.ts';

const TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8';

const METRICS: Operation = {
  id: 'getMetrics',
  summary: 'Metrics for Prometheus',
  description: 'Of all models: refused to a key that may see only some.',
  answer: { description: 'In the text format, 0.0.4.', content: { 'text/plain': z.string() } },
  refusals: ['forbidden', 'not-ready'],
};

const DOCUMENT: Operation = {
  id: 'getDocument',
  summary: 'This description, as OpenAPI 3.1',
  answer: {
    description: 'The document. It names no models but those that the caller may see.',
    content: { 'application/json': z.looseObject({ openapi: z.string(), paths: z.looseObject({}) }) },
  },
  open: true,
};

const REFERENCE: Operation = {
  id: 'getReference',
  summary: 'This description, as a page to read',
  answer: {
    description: 'The page. It holds no script and loads nothing.',
    content: { 'text/html': z.string() },
  },
  open: true,
};

/**
 * `/metrics`, and the description of all routes, these included: `/openapi.json` and `/docs`.
 *
 * @param served all other routes
 * @param keys whether the service asks for keys
 * @param page whether there is a page to try the models on
 */
export function serviceRoutes(
  served: readonly RouteGroup[],
  { keys, page: hasPage, metrics }: { keys: boolean; page: boolean; metrics: HttpMetrics },
): RouteGroup {
  const group: RouteGroup = {
    name: 'Service',
    title: 'Service',
    description: 'Metrics, and this description.',
    prefix: '/',
    routes: [
      get('/metrics', METRICS, async (_request, response, { service }) => {
        const text = `${await service.metrics()}\n${await metrics.text()}`;
        response.set('Content-Type', TEXT_FORMAT).send(text);
      }),
      get('/openapi.json', DOCUMENT, (request, response, { service }) => {
        const text = documentOf(service.models());
        response.type('json').send(Buffer.from(fillExamples(text, request, service)));
      }),
      get('/docs', REFERENCE, (request, response, { service }) => {
        const page = pageOf(service.models());
        response
          .set(REFERENCE_PAGE_HEADERS)
          .type('html')
          .send(Buffer.from(fillExamples(page, request, service)));
      }),
    ],
    errorSchema,
  };
  let document: OpenApiDocument | undefined;
  const withModels = (models: readonly ModelSummary[]): OpenApiDocument => {
    // Made at the first request, so that it does not delay the start.
    document ??= describeApi([...served, group], { keys });
    return { ...document, paths: { ...document.paths, ...describeModels(document, models) } };
  };
  const documentOf = keptTexts((models) => JSON.stringify(withModels(models)));
  const pageOf = keptTexts((models) => renderReference(withModels(models), { page: hasPage }));
  return group;
}
