import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { validate } from '@readme/openapi-parser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import type { OpenApiDocument } from '../../src/http/openapi/openapi-document.ts';
import { operationsOf, readDocument, realPath } from '../support/api-document.ts';
import { openDoor, type Door } from '../support/door.ts';
import { imageModel, speechModel } from '../support/models.ts';
import { repository } from '../support/readme.ts';
import { loadingService } from '../support/loading-service.ts';

// The document does not depend on the models, nor on whether they are loaded.
const service = loadingService();
let open: Door;
let guarded: Door;
let document: OpenApiDocument;
let guardedDocument: OpenApiDocument;

beforeAll(async () => {
  const keys = JSON.stringify([{ name: 'client', key: 'a-key-of-a-client-0001' }]);
  [open, guarded] = await Promise.all([openDoor(service), openDoor(service, { keys })]);
  [document, guardedDocument] = await Promise.all([readDocument(open.url), readDocument(guarded.url)]);
});
afterAll(async () => {
  await guarded[Symbol.asyncDispose]();
  await open[Symbol.asyncDispose]();
  await service.close(0);
});

describe('The document', () => {
  test('is valid OpenAPI 3.1 of this version, with an id for each operation', async () => {
    expect(await validate(structuredClone(document) as never)).toMatchObject({ valid: true, warnings: [] });
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(document.info.version).toBe(packageJson.version);
    const ids = operationsOf(document).map(({ operation }) => operation.operationId);
    expect(ids).toEqual([...new Set(ids)]);
  });

  test('has nothing that is not served', async () => {
    for (const { method, path } of operationsOf(document)) {
      const response = await fetch(open.url + realPath(path), { method: 'OPTIONS' });
      expect([path, response.status]).toEqual([path, 204]);
      expect(response.headers.get('allow')).toContain(method.toUpperCase());
    }
  });

  test('has every route that the README lists', async () => {
    const readme = await readFile(join(repository, 'README.md'), 'utf8');
    const listed = [...readme.matchAll(/^\| `(GET|POST) (\/[^`]*)`/gm)].map(([, method = '', path = '']) => [
      method.toLowerCase(),
      path.replace('{name}', '{model}'),
    ]);
    expect(listed.length).toBeGreaterThan(8);
    const described = operationsOf(document).map(({ method, path }) => [method, path]);
    expect(described).toEqual(expect.arrayContaining(listed));
  });

  test('names no model but in its examples', () => {
    const told = JSON.stringify(document, (name, value: unknown) => (name === 'x-codeSamples' ? [] : value));
    expect(told).not.toMatch(new RegExp(`${imageModel}|${speechModel}`));
  });
});

describe('Where keys are asked for', () => {
  test('the document and the page are open to anybody', async () => {
    for (const path of ['/openapi.json', '/docs']) {
      const { status } = await fetch(guarded.url + path);
      expect([path, status]).toEqual([path, 200]);
    }
  });

  test('exactly the operations that the document says are open answer without a key', async () => {
    for (const { method, path, operation } of operationsOf(guardedDocument)) {
      const { status } = await fetch(guarded.url + realPath(path), { method });
      const forAnybody = operation.security.length === 0;
      expect([path, status === 401]).toEqual([path, !forAnybody]);
      expect(Object.hasOwn(operation.responses, '401')).toBe(!forAnybody);
    }
  });

  test('nobody is told to send a key where none is asked for', () => {
    for (const { operation } of operationsOf(document)) {
      expect(operation.security).toEqual([]);
      expect(operation.responses).not.toHaveProperty('401');
    }
  });
});
