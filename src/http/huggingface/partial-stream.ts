/**
 * Outputs as server-sent events: `{"partial": {…}}` while the component works, `{"outputs": {…}}`, `[DONE]`.
 *
 * Guarantees: each partial output is whole and replaces the one before it; so a client that does not
 * read is owed the last of each output and no more, however often the component tells it.
 */
import type { NamedOutput } from '../../service/api/predictions.ts';
import { EventStream } from '../exchange/event-stream.ts';
import { writeOutputs } from './prediction-answer.ts';

export class PartialStream extends EventStream {
  readonly #unsent = new Map<string, NamedOutput>();

  readonly add = (output: NamedOutput): void => {
    this.#unsent.set(output.name, output);
    this.added();
  };

  complete(outputs: readonly NamedOutput[]): void {
    this.finish(writeOutputs(outputs));
  }

  protected override takeUnsent(): string | undefined {
    const outputs = [...this.#unsent.values()];
    this.#unsent.clear();
    return outputs.length === 0 ? undefined : writeOutputs(outputs, 'partial');
  }
}
