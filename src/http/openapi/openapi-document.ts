/** The part of OpenAPI 3.1 that this service's document uses. */
import type { JsonSchema } from '../routing/api-schemas.ts';

export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly headers: Readonly<Record<string, HeaderObject>>;
    readonly responses: Readonly<Record<string, ResponseObject>>;
    readonly securitySchemes: Readonly<Record<string, JsonSchema>>;
  };
}

export interface Reference {
  readonly $ref: string;
}

export type PathItem = Readonly<Partial<Record<'get' | 'post', OperationObject>>>;

export interface OperationObject {
  readonly operationId: string;
  readonly tags: readonly [string];
  readonly summary: string;
  readonly description?: string;
  readonly parameters: readonly ParameterObject[];
  readonly requestBody?: { readonly required: boolean; readonly content: ContentObject };
  readonly responses: Readonly<Record<string, ResponseObject | Reference>>;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  /** An extension that most tools know. */
  readonly 'x-codeSamples'?: readonly { readonly lang: 'Shell'; readonly source: string }[];
}

export interface ParameterObject {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

export interface ResponseObject {
  readonly description: string;
  readonly headers: Readonly<Record<string, Reference>>;
  readonly content: ContentObject;
}

export interface HeaderObject {
  readonly description?: string;
  readonly required: boolean;
  readonly schema: JsonSchema;
}

export type ContentObject = Readonly<Record<string, { readonly schema: JsonSchema }>>;
