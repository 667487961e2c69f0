/**
 * Serves the requests of one connection one after another, and bounds how many of them lie here unanswered.
 *
 * Purpose: a client may send requests without waiting for answers, a thousand in one packet; served at once, each
 * would make an answer that nobody reads yet, before anybody else has a turn.
 * Guarantees: a request is begun when the answer before it is out of the process. Beyond `pipelinedRequests` the
 * connection is answered with 429, behind the answers that it is owed, and closed; nothing more is read from it.
 * Ownership: Node keeps the order of the answers, and ends those of a connection that is gone.
 */
import { IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ServiceLimits } from '../../config/limits.ts';

type Exchange = readonly [request: IncomingMessage, response: ServerResponse];

interface Line {
  /** Behind the one that is served. */
  readonly waiting: Exchange[];
  serving: boolean;
  over: boolean;
}

/**
 * A request that is not begun yet; Express gives those that are another prototype. When its connection is gone Node
 * ends each with an error and its stack, which for a packet full of them takes longer than all else.
 */
export class UnbegunRequest extends IncomingMessage {
  override destroy(): this {
    return this;
  }
}

export function answerInTurn(
  serve: RequestListener,
  { pipelinedRequests }: Pick<ServiceLimits, 'pipelinedRequests'>,
): RequestListener {
  const lines = new WeakMap<Socket, Line>();

  const begin = (line: Line, [request, response]: Exchange): void => {
    line.serving = true;
    response.once('close', () => {
      line.serving = false;
      const next = line.waiting.shift();
      if (next !== undefined && !request.socket.destroyed) begin(line, next);
    });
    serve(request, response);
  };

  return (request, response) => {
    const { socket } = request;
    const line = lines.get(socket) ?? { waiting: [], serving: false, over: false };
    lines.set(socket, line);
    if (line.over) return;
    if (!line.serving) return begin(line, [request, response]);
    if (line.waiting.length + 1 < pipelinedRequests) return void line.waiting.push([request, response]);
    line.over = true;
    socket.pause();
    refuse(response, pipelinedRequests);
  };
}

function refuse(response: ServerResponse, most: number): void {
  const body = JSON.stringify({
    error: `This connection has ${most} requests without an answer, as many as pipelinedRequests allows: wait for answers.`,
  });
  response
    .writeHead(429, {
      Connection: 'close',
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
      'Retry-After': '1',
    })
    .end(body);
}
