/** Bodies in gzip or deflate, both ways. */
import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createDeflate, createGunzip, createGzip, createInflate } from 'node:zlib';
import type { Request, Response } from 'express';
import Negotiator from 'negotiator';
import { SandpiperError, messageOf, inputTooLarge, invalidRequest } from '../../errors.ts';
import {
  clientGone,
  collect,
  contentCoding,
  hungUp,
  inviteBody,
  readChunks,
  type CollectOptions,
} from './request-body.ts';

/** Memory of one step of the decoder: larger steps take fewer iterations of the event loop. */
const STEP_BYTES = 256 * 1024;
/** Smaller answers are not compressed. */
const WORTH_ENCODING_BYTES = 1024;

const DECODERS: ReadonlyMap<string, () => Transform> = new Map([
  ['gzip', () => createGunzip({ chunkSize: STEP_BYTES })],
  // HTTP's deflate is the zlib format.
  ['deflate', () => createInflate({ chunkSize: STEP_BYTES })],
]);

// The fastest level: tensors hardly get smaller, and most networks are faster than a higher level.
const ENCODERS = {
  gzip: () => createGzip({ level: constants.Z_BEST_SPEED, chunkSize: STEP_BYTES }),
  deflate: () => createDeflate({ level: constants.Z_BEST_SPEED, chunkSize: STEP_BYTES }),
} as const;

/**
 * Reads and decompresses a whole body. Both compressed and decompressed bytes are counted, and no more than the limit is
 * held.
 *
 * @param use processes the body, which counts as being read until then
 * @throws SandpiperError `input-too-large` as soon as that is certain, `unsupported-media` for another coding,
 *   `invalid-request` for a body that is not in the coding that it names, `client-gone`
 */
export async function readDecodedBody<Used>(
  request: Request,
  response: Response,
  maxBytes: number,
  use: (chunks: Buffer[]) => Promise<Used> | Used,
): Promise<Used> {
  const coding = contentCoding(request);
  const createDecoder = DECODERS.get(coding);
  if (createDecoder === undefined && coding !== 'identity') {
    response.set('Accept-Encoding', [...DECODERS.keys()].join(', '));
    throw new SandpiperError(
      'unsupported-media',
      `Content-Encoding "${coding.slice(0, 100)}" is not understood: send gzip, deflate or none.`,
    );
  }
  const tooLarge = (): SandpiperError =>
    inputTooLarge(`The body is too large: this route takes at most ${maxBytes} bytes, decompressed.`);
  inviteBody(request, response, maxBytes, tooLarge);
  return readChunks(request, response, async (chunks, received) => {
    const options = { maxBytes, tooLarge, received };
    return use(
      createDecoder === undefined
        ? await collect(chunks, options)
        : await decode(chunks, createDecoder(), coding, options),
    );
  });
}

async function decode(
  chunks: AsyncIterable<unknown>,
  decoder: Transform,
  coding: string,
  options: CollectOptions,
): Promise<Buffer[]> {
  try {
    return await pipeline(chunks, decoder, async (decoded: AsyncIterable<unknown>) =>
      collect(decoded, options),
    );
  } catch (error) {
    if (error instanceof SandpiperError || !isCodecError(error)) throw error;
    throw invalidRequest(`The body is not whole in ${coding}: ${messageOf(error)}.`);
  }
}

/**
 * Sends an answer in the client's preferred coding, part by part. Headers with positions in the body refer to the body
 * before it was encoded.
 */
export async function sendEncoded(
  request: Request,
  response: Response,
  parts: readonly Uint8Array[],
): Promise<void> {
  const bytes = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const coding = new Negotiator(request).encoding(['gzip', 'deflate', 'identity']);
  if ((coding === 'gzip' || coding === 'deflate') && bytes >= WORTH_ENCODING_BYTES) {
    response.set('Content-Encoding', coding);
    try {
      await pipeline(Readable.from(parts), ENCODERS[coding](), response);
    } catch (error) {
      throw hungUp(request, response) ? clientGone() : error;
    }
    return;
  }
  response.set('Content-Length', String(bytes));
  response.cork();
  for (const part of parts) response.write(part);
  response.end();
  response.uncork();
}

function isCodecError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}
