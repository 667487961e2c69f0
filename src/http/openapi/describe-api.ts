import type { z } from 'zod';
import packageJson from '../../../package.json' with { type: 'json' };
import type { RouteGroup } from '../routing/convention.ts';
import { PATH_PARAMETERS, type Route } from '../routing/route.ts';
import { ANSWER_HEADERS } from '../routing/answer-headers.ts';
import { namedSchemas, toJsonSchema } from '../routing/api-schemas.ts';
import type {
  ContentObject,
  HeaderObject,
  OpenApiDocument,
  OperationObject,
  ParameterObject,
  PathItem,
  Reference,
  ResponseObject,
} from './openapi-document.ts';
import { BLANKS } from './examples.ts';
import type { Content, Operation } from '../routing/operation.ts';
import { REFUSALS, refusalStatuses } from './refusal-statuses.ts';

const DESCRIPTION =
  'Runs quantized models whose pre- and postprocessing are sandboxed WebAssembly components. ' +
  'Every GET may also be asked by HEAD, and every route by OPTIONS; any other method is a 405. ' +
  'Errors have the shape of the convention that a path belongs to.';

/**
 * The OpenAPI 3.1 document of everything that is served.
 *
 * @param keys whether the service asks for keys
 */
export function describeApi(groups: readonly RouteGroup[], { keys }: { keys: boolean }): OpenApiDocument {
  return {
    openapi: '3.1.1',
    info: { title: 'Sandpiper', version: packageJson.version, description: DESCRIPTION },
    servers: [{ url: '/' }],
    tags: [...new Map(groups.map(({ title, description }) => [title, description]))].map(
      ([name, description]) => ({ name, description }),
    ),
    paths: Object.fromEntries(groups.flatMap((group) => describePaths(group, keys))),
    components: {
      schemas: namedSchemas(),
      headers: Object.fromEntries(
        Object.entries(ANSWER_HEADERS).map(([name, header]) => [name, describeHeader(header)]),
      ),
      responses: Object.fromEntries(groups.flatMap(describeRefusals)),
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          description: keys ? 'A key that the operator gave.' : 'This service asks for no key.',
        },
      },
    },
  };
}

function describePaths(group: RouteGroup, keys: boolean): [string, PathItem][] {
  return group.routes.map((route) => [
    pathOf(group, route),
    { [route.method]: describeRoute(group, route, keys) },
  ]);
}

/** `/v2/models/{model}` */
function pathOf({ prefix }: RouteGroup, { path }: Route): string {
  const whole = `${prefix}${path}`.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '');
  return whole.replaceAll(/[:*](\w+)/g, '{$1}');
}

function describeRoute(group: RouteGroup, route: Route, keys: boolean): OperationObject {
  const { id, summary, description, query, headers, body, answer, open } = route.operation;
  const refusals = refusalStatuses(route, { keys }).map((status): [number, Reference] => [
    status,
    { $ref: `#/components/responses/${group.name}${status}` },
  ]);
  return {
    operationId: id,
    tags: [group.title],
    summary,
    ...(description !== undefined && { description }),
    parameters: [
      ...describeParameters('path', pathParameters(route.path)),
      ...describeParameters('query', query?.shape),
      ...describeParameters('header', headers?.shape),
    ],
    ...(body !== undefined && {
      requestBody: { required: body.required, content: describeContent(body.content, 'input') },
    }),
    responses: {
      ...(answer !== undefined && { 200: describeAnswer(answer) }),
      ...Object.fromEntries(refusals),
    },
    security: keys && open !== true ? [{ key: [] }] : [],
    'x-codeSamples': [{ lang: 'Shell', source: curlLine(pathOf(group, route), route, keys) }],
  };
}

function pathParameters(path: string): Record<string, z.ZodType> {
  const described = new Map<string, z.ZodType>(Object.entries(PATH_PARAMETERS));
  return Object.fromEntries(
    Array.from(path.matchAll(/[:*](\w+)/g), ([, name = '']) => {
      const schema = described.get(name);
      if (schema === undefined) throw new TypeError(`Nothing describes ${name} of ${path}.`);
      return [name, schema];
    }),
  );
}

function describeParameters(
  place: ParameterObject['in'],
  shape: Readonly<Record<string, z.core.$ZodType>> = {},
): ParameterObject[] {
  return Object.entries(shape).map(([name, type]) => {
    const schema = type as z.ZodType;
    const { description, ...json } = toJsonSchema(schema, 'input');
    return {
      name,
      in: place,
      required: !schema.safeParse(undefined).success,
      ...(typeof description === 'string' && { description }),
      schema: json,
    };
  });
}

function describeAnswer({
  description,
  headers = [],
  content,
}: NonNullable<Operation['answer']>): ResponseObject {
  return { description, headers: headerReferences(headers), content: describeContent(content, 'output') };
}

/** Refusals of a group, which have the group's error schema. */
function describeRefusals({ name, errorSchema }: RouteGroup): [string, ResponseObject][] {
  const content = describeContent({ 'application/json': errorSchema }, 'output');
  return Object.entries(REFUSALS).map(([status, { description, headers = [] }]) => [
    `${name}${status}`,
    { description, headers: headerReferences(headers), content },
  ]);
}

function headerReferences(names: readonly string[]): Record<string, Reference> {
  return Object.fromEntries(
    ['X-Request-Id', ...names].map((name) => [name, { $ref: `#/components/headers/${name}` }]),
  );
}

function describeHeader(header: { schema: z.ZodType; required: boolean }): HeaderObject {
  const { description, ...schema } = toJsonSchema(header.schema, 'output');
  return {
    ...(typeof description === 'string' && { description }),
    required: header.required,
    schema,
  };
}

function describeContent(content: Content, io: 'input' | 'output'): ContentObject {
  return Object.fromEntries(
    Object.entries(content).map(([type, schema]) => [type, { schema: toJsonSchema(schema, io) }]),
  );
}

function curlLine(path: string, { method, operation }: Route, keys: boolean): string {
  const url = `${BLANKS.url}${path.replace('{model}', BLANKS.model).replace('{version}', '1').replace('{file}', 'main.js')}`;
  const key = keys && operation.open !== true ? '--header "Authorization: Bearer $KEY"' : undefined;
  const post = method === 'post' && operation.curl === undefined ? '--request POST' : undefined;
  return ['curl', post, operation.curl, key, url].filter((part) => part !== undefined).join(' ');
}
