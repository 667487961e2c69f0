/** The document that a service gives of itself, as a client reads it. */
import { expect } from 'vitest';
import type { OpenApiDocument, OperationObject } from '../../src/http/openapi/openapi-document.ts';
import { imageModel } from './models.ts';

export interface DescribedOperation {
  readonly method: string;
  readonly path: string;
  readonly operation: OperationObject;
}

export async function readDocument(url: string, key?: string): Promise<OpenApiDocument> {
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const response = await fetch(`${url}/openapi.json`, { headers });
  expect(response.status).toBe(200);
  return (await response.json()) as OpenApiDocument;
}

export function operationsOf({ paths }: OpenApiDocument): DescribedOperation[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method, path, operation })),
  );
}

/** A path with a model that is there in the place of its parameters. */
export function realPath(path: string): string {
  return path.replace('{model}', imageModel).replace('{version}', '1').replace('{file}', 'main.js');
}
