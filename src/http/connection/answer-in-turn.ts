/**
 * Serves pipelined requests of one connection one after another, and bounds how many of them are unanswered.
 *
 * Purpose: a client may send requests without waiting for answers, a thousand in one packet; served at once, all their
 * answers would fill memory and delay other clients.
 * Guarantees: a request is started when the answer before it has left the process. Beyond `pipelinedRequests` the
 * connection is answered with 429, after the pending answers, and closed; nothing more is read from it.
 * Ownership: Node keeps the order of the answers, and ends those of a closed connection.
 */
import { IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ServiceLimits } from '../../config/limits.ts';
import { joinSmallChunks } from './join-small-chunks.ts';

type Exchange = readonly [request: IncomingMessage, response: ServerResponse];

interface Pipeline {
  /** Requests after the one that is served. */
  readonly waiting: Exchange[];
  serving: boolean;
  over: boolean;
}

/**
 * A request that has not been started; Express changes the prototype of those that have. When a connection closes, Node
 * destroys each with an error and its stack, which for a thousand of them takes longer than anything else.
 */
export class UnbegunRequest extends IncomingMessage {
  constructor(socket: Socket) {
    super(socket);
    joinSmallChunks(this);
  }

  override destroy(): this {
    return this;
  }
}

export function answerInTurn(serve: RequestListener, { pipelinedRequests }: ServiceLimits): RequestListener {
  const pipelines = new WeakMap<Socket, Pipeline>();

  const begin = (pipeline: Pipeline, [request, response]: Exchange): void => {
    pipeline.serving = true;
    response.once('close', () => {
      pipeline.serving = false;
      const next = pipeline.waiting.shift();
      if (next !== undefined && !request.socket.destroyed) begin(pipeline, next);
    });
    serve(request, response);
  };

  return (request, response) => {
    const { socket } = request;
    const pipeline = pipelines.get(socket) ?? { waiting: [], serving: false, over: false };
    pipelines.set(socket, pipeline);
    if (pipeline.over) return;
    if (!pipeline.serving) return begin(pipeline, [request, response]);
    if (pipeline.waiting.length + 1 < pipelinedRequests)
      return void pipeline.waiting.push([request, response]);
    pipeline.over = true;
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
