/**
 * Outputs as server-sent events: `{"partial": {…}}` while the component works, `{"outputs": {…}}`, `[DONE]`.
 *
 * Guarantees: what is told of an output is whole each time, and the last of it is what counts; so a client that does not
 * read is owed the last of each output and no more, however often the component tells it.
 */
import type { Response } from 'express';
import type { ServiceLimits } from '../../config/limits.ts';
import type { NamedOutput } from '../../service/api/predictions.ts';
import { EventStream } from '../exchange/event-stream.ts';
import { writeOutputs } from './prediction-answer.ts';

export class PartialStream implements Disposable {
  readonly #response: Response;
  readonly #events: EventStream;
  readonly #untold = new Map<string, NamedOutput>();

  constructor(response: Response, limits: ServiceLimits) {
    this.#response = response;
    this.#events = new EventStream(response, limits);
    response.on('drain', this.#tell);
  }

  readonly add = (output: NamedOutput): void => {
    this.#untold.set(output.name, output);
    if (this.#events.ready) this.#tell();
  };

  complete(outputs: readonly NamedOutput[]): void {
    this.#tell();
    this.#events.send(writeOutputs(outputs));
    this.#events.send('[DONE]');
    this.#events.end();
  }

  /** Ends a stream that has begun. */
  fail(body: object): void {
    this.#tell();
    this.#events.send(body, 'error');
    this.#events.end();
  }

  [Symbol.dispose](): void {
    this.#response.off('drain', this.#tell);
    this.#events[Symbol.dispose]();
  }

  readonly #tell = (): void => {
    if (this.#untold.size === 0) return;
    const outputs = [...this.#untold.values()];
    this.#untold.clear();
    this.#events.send(writeOutputs(outputs, 'partial'));
  };
}
