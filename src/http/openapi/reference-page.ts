import { hash } from 'node:crypto';
import type { JsonSchema } from '../routing/api-schemas.ts';
import { Markup, markup } from './markup.ts';
import type {
  ContentObject,
  OpenApiDocument,
  OperationObject,
  ParameterObject,
  Reference,
  ResponseObject,
} from './openapi-document.ts';
import { referenceStyle } from './reference-style.ts';
import { schemaRows, typeText } from './schema-rows.ts';

const STYLE = referenceStyle();
const styleHash = hash('sha256', STYLE, 'base64');

/** The page is static: no script, no form, nothing from elsewhere. */
export const REFERENCE_PAGE_HEADERS = {
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
};

const PLACES = { path: 'in the path', query: 'in the query', header: 'header' } as const;

interface Entry {
  readonly method: string;
  readonly path: string;
  readonly operation: OperationObject;
}

/**
 * Renders an API's document as one self-contained HTML page.
 *
 * @param page whether there is a page to try the models on
 */
export function renderReference(document: OpenApiDocument, { page }: { page: boolean }): string {
  const keys = Object.values(document.paths).some((item) =>
    Object.values(item).some(({ security }) => security.length > 0),
  );
  const { info, tags, paths } = document;
  const entries = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): Entry => ({ method, path, operation })),
  );
  const groups = tags.map((tag) => ({
    ...tag,
    entries: entries.filter(({ operation }) => operation.tags[0] === tag.name),
  }));
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title} ${info.version}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<header><div><h1>${info.title} <span class="dim">${info.version}</span></h1>${
    page && markup`<a href="./">Try the models</a>`
  }</div></header>
<main>
<p>${info.description}</p>
<p><a href="openapi.json">openapi.json</a> says the same to programs. The curl lines ask this service, from a folder
with photo.jpg and sound.wav${keys && markup`, with a key in <code>$KEY</code>; send it for this page, too, and they name your models`}.</p>
<nav>${groups.map(renderContents)}</nav>
${groups.map(
  ({ name, description, entries: own }) =>
    markup`<h2>${name}</h2>\n<p>${description}</p>\n${own.map((entry) => renderOperation(entry, document))}`,
)}
</main>
</body>
</html>
`.text;
}

function renderContents({ name, entries }: { name: string; entries: readonly Entry[] }): Markup {
  const links = entries.map(
    ({ method, path, operation: { operationId } }) =>
      markup`<li><a href="#${operationId}">${methodMark(method)}<span class="path">${path}</span></a></li>`,
  );
  return markup`<p class="eyebrow">${name}</p>\n<ul>${links}</ul>\n`;
}

function renderOperation({ method, path, operation }: Entry, document: OpenApiDocument): Markup {
  const { operationId, summary, description, parameters, requestBody, responses, security } = operation;
  const { 200: answer, ...refusals } = responses;
  const samples = operation['x-codeSamples'] ?? [];
  return markup`<section id="${operationId}">
<div class="head">${methodMark(method)}<span class="path">${path}</span>${
    security.length > 0 && markup`<span class="dim">asks for a key</span>`
  }</div>
<h3>${summary}</h3>
${description !== undefined && markup`<p>${description}</p>`}
${samples.map(({ source }) => markup`<pre>${source}</pre>`)}
${parameters.length > 0 && markup`<h4>Parameters</h4>\n<table>${parameters.map(renderParameter)}</table>`}
${requestBody && markup`<h4>Body${!requestBody.required && ', may be left out'}</h4>\n${renderContent(requestBody.content, document)}`}
<h4>Answer</h4>
${answer && renderAnswer(resolve(answer, document), document)}
${renderRefusals(refusals, document)}
</section>
`;
}

function methodMark(method: string): Markup {
  return markup`<span class="method ${method}">${method.toUpperCase()}</span>`;
}

function renderParameter({ name, in: place, required, description, schema }: ParameterObject): Markup {
  return markup`<tr><td><code>${name}</code> <span class="dim">${PLACES[place]}${
    !required && ', optional'
  }</span></td><td>${typeText(schema)}</td><td>${description}</td></tr>`;
}

function renderAnswer({ description, content }: ResponseObject, document: OpenApiDocument): Markup {
  return markup`<p>200: ${description}</p>\n${renderContent(content, document)}`;
}

/** All errors of a route have one shape. */
function renderRefusals(responses: OperationObject['responses'], document: OpenApiDocument): Markup {
  const refusals = Object.entries(responses).map(([status, response]) => ({
    status,
    ...resolve(response, document),
  }));
  const rows = refusals.map(
    ({ status, description }) => markup`<tr><td>${status}</td><td>${description}</td></tr>`,
  );
  return markup`<details><summary>Refusals <span class="dim">${Object.keys(responses).join(', ')}</span></summary>
<table class="statuses">${rows}</table>${refusals.slice(0, 1).map(({ content }) => renderContent(content, document))}
</details>`;
}

function resolve(response: ResponseObject | Reference, { components }: OpenApiDocument): ResponseObject {
  return '$ref' in response ? named(response.$ref, components.responses) : response;
}

/** Contents of each media type: a word, or a table that opens. */
function renderContent(content: ContentObject, document: OpenApiDocument): Markup[] {
  return Object.entries(content).map(([type, { schema }]) => {
    const rows = schemaRows(expand(schema, document));
    const [only] = rows;
    if (only?.name === '') {
      return markup`<p class="type"><code>${type}</code> <span class="dim">${only.type}</span> ${only.description}</p>`;
    }
    return markup`<details><summary><code>${type}</code> <span class="dim">${typeText(schema)}</span></summary>
<table>${rows.map(
      ({ name, type: rowType, required, description }) =>
        markup`<tr><td><code>${name}</code>${
          !required && markup` <span class="dim">optional</span>`
        }</td><td>${rowType}</td><td>${description}</td></tr>`,
    )}</table></details>`;
  });
}

/** Resolves all references in a schema; none is circular. */
function expand(schema: JsonSchema, document: OpenApiDocument): JsonSchema {
  const { $ref } = schema;
  if (typeof $ref === 'string') return expand(named($ref, document.components.schemas), document);
  return Object.fromEntries(Object.entries(schema).map(([key, part]) => [key, expandPart(part, document)]));
}

function expandPart(part: unknown, document: OpenApiDocument): unknown {
  if (Array.isArray(part)) return part.map((one: unknown) => expandPart(one, document));
  return typeof part === 'object' && part !== null ? expand({ ...part }, document) : part;
}

function named<T>(reference: string, components: Readonly<Record<string, T>>): T {
  const component = components[reference.slice(reference.lastIndexOf('/') + 1)];
  if (component === undefined) throw new TypeError(`There is no ${reference} in the document.`);
  return component;
}
