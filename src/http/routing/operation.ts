import type { z } from 'zod';
import type { ErrorCode } from '../../errors.ts';
import type { ANSWER_HEADERS } from './answer-headers.ts';

/**
 * What one route takes and gives, told by the schemas that its handler checks requests and answers with. What every
 * route has, such as being refused at the door, is not repeated here.
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
  /** Of status 200; undefined for what is always refused. */
  readonly answer?: {
    readonly description: string;
    readonly headers?: readonly (keyof typeof ANSWER_HEADERS)[];
    readonly content: Content;
  };
  /** Why a request may be refused, besides what the path, the body and the door say. */
  readonly refusals?: readonly ErrorCode[];
  /** Answers anybody, even where keys are asked for. */
  readonly open?: true;
  /** What `curl` is given besides the URL, from a folder with `photo.jpg` and `sound.wav`. */
  readonly curl?: string;
}

/** Schemas by media type. A file is `z.file()`. */
export type Content = Readonly<Record<string, z.ZodType>>;
