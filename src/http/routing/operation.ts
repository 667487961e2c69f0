import type { z } from 'zod';
import type { ErrorCode } from '../../errors.ts';
import type { ANSWER_HEADERS } from './answer-headers.ts';

/**
 * Description of one route, with the schemas by which its handler checks requests and answers. What all routes have in
 * common, such as access checks, is not repeated.
 */
export interface Operation {
  /** Unique, for generated clients: `transcribe`. */
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  /** Objects whose properties are the parameters. */
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: { readonly required: boolean; readonly content: Content };
  /** The answer of status 200; undefined if the route always refuses. */
  readonly answer?: {
    readonly description: string;
    readonly headers?: readonly (keyof typeof ANSWER_HEADERS)[];
    readonly content: Content;
  };
  /** Errors besides those of the path, the body and access checks. */
  readonly refusals?: readonly ErrorCode[];
  /** Whether the route needs no key even if others do. */
  readonly open?: true;
  /** Arguments of `curl` besides the URL, in a folder with `photo.jpg` and `sound.wav`. */
  readonly curl?: string;
}

/** Refusals of a request that runs a model. */
export const INFERENCE_REFUSALS = [
  'not-found',
  'unusable-input',
  'over-capacity',
  'component-failed',
  'not-ready',
  'deadline-exceeded',
] as const satisfies readonly ErrorCode[];

/** Schemas by media type. A file is `z.file()`. */
export type Content = Readonly<Record<string, z.ZodType>>;
