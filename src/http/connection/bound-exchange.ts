import type { RequestHandler } from 'express';
import type { ServiceLimits } from '../../config/limits.ts';
import { SandpiperError } from '../../errors.ts';

/**
 * Refuses requests of too many headers, and hangs up on clients that leave a whole answer untaken: it would keep its
 * memory for as long as they like.
 */
export function boundExchange({
  headerCount,
  answerStallMs,
}: Pick<ServiceLimits, 'headerCount' | 'answerStallMs'>): RequestHandler {
  return (request, response, next) => {
    const { socket } = request;
    const hangUp = (): void => void socket.destroy();
    response.once('prefinish', () => socket.setTimeout(answerStallMs, hangUp));
    // Before the server itself sets the time that the idle connection is kept.
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
