import type { RequestHandler } from 'express';
import type { ServiceLimits } from '../../config/limits.ts';
import { SandpiperError } from '../../errors.ts';

/**
 * Refuses requests with too many headers, and disconnects clients that do not read their answer, which would keep its
 * memory.
 */
export function boundExchange({ headerCount, answerStallMs }: ServiceLimits): RequestHandler {
  return (request, response, next) => {
    const { socket } = request;
    const hangUp = (): void => void socket.destroy();
    response.once('prefinish', () => socket.setTimeout(answerStallMs, hangUp));
    // Before Node's own listener, which sets the keep-alive timeout.
    response.prependOnceListener('finish', () => socket.setTimeout(0, hangUp));

    const count = request.rawHeaders.length / 2;
    if (count > headerCount) {
      throw new SandpiperError(
        'headers-too-large',
        `The request has ${count} headers: this service takes at most ${headerCount}.`,
      );
    }
    next();
  };
}
