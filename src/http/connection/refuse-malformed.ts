import { STATUS_CODES, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ServiceLimits } from '../../config/limits.ts';
import { MAX_TINY_CHUNKS, TINY_CHUNKS } from './join-small-chunks.ts';

/**
 * Answers requests that Node refuses because they are not HTTP, have too long headers or are too slow, with the reason.
 * Their path is unknown, so the answer has the form of the Open Inference Protocol's errors.
 *
 * @param onRefused called with the status of each
 * @returns a listener to call for each request that is started
 */
export function refuseMalformed(
  server: Server,
  limits: ServiceLimits,
  onRefused: (status: number) => void,
): RequestListener {
  const answers = new WeakMap<Duplex, ServerResponse>();
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const answer = answers.get(socket);
    const begun = answer?.headersSent === true && !answer.writableFinished;
    if (socket.writable && !begun) {
      const { status, message } = refusal(error.code, limits);
      onRefused(status);
      socket.write(answerOf(status, message));
    }
    socket.destroy(error);
  });
  return ({ socket }, response) => void answers.set(socket, response);
}

function refusal(
  code: string | undefined,
  { headerBytes, headersMs, requestMs }: ServiceLimits,
): { status: number; message: string } {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW': {
      const message = `The headers of the request are too long: this service takes at most ${headerBytes} bytes.`;
      return { status: 431, message };
    }
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return { status: 413, message: 'The extensions of a chunk are too long: send chunks without any.' };
    case TINY_CHUNKS: {
      const message = `The body comes in more than ${MAX_TINY_CHUNKS} chunks of a few bytes: send longer ones, or a Content-Length.`;
      return { status: 400, message };
    }
    case 'ERR_HTTP_REQUEST_TIMEOUT': {
      const message = `The request took too long: its headers have to come within ${headersMs} ms, all of it within ${requestMs} ms.`;
      return { status: 408, message };
    }
    default:
      return { status: 400, message: 'The request is not valid HTTP/1.1.' };
  }
}

function answerOf(status: number, error: string): string {
  const body = JSON.stringify({ error });
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}
