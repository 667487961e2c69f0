import { RandomIdGenerator, type IdGenerator } from '@opentelemetry/sdk-trace';

/** Gives spans the ids that were sent to others while the spans went on. */
export class GivenIds implements IdGenerator {
  readonly #random = new RandomIdGenerator();
  #span: string | undefined;
  #trace: string | undefined;

  newTraceId(): string {
    return this.#random.generateTraceId();
  }

  /** For the span that is made next. */
  give(ids: { trace: string; span: string }): void {
    this.#trace = ids.trace;
    this.#span = ids.span;
  }

  generateTraceId(): string {
    return this.#trace ?? this.#random.generateTraceId();
  }

  generateSpanId(): string {
    return this.#span ?? this.#random.generateSpanId();
  }
}
