/** Keeps a text about each set of models, because making one takes milliseconds of the main thread. */
import type { ModelSummary } from '../../service/api/tasks.ts';

/** Texts that are kept, one for each set of models that a reader may see. */
const MAX_TEXTS = 16;

export class KeptTexts {
  readonly #make: (models: readonly ModelSummary[]) => string;
  readonly #texts = new Map<string, string>();
  /** A description stays the same object for as long as its model serves. */
  readonly #ids = new WeakMap<object, number>();
  #lastId = 0;

  /** @param make from the models' names, tasks and descriptions alone */
  constructor(make: (models: readonly ModelSummary[]) => string) {
    this.#make = make;
  }

  of(models: readonly ModelSummary[]): string {
    const key = JSON.stringify(
      models.map(({ name, task, prediction }) => [name, task, this.#idOf(prediction)]),
    );
    const text = this.#texts.get(key) ?? this.#make(models);
    if (this.#texts.size >= MAX_TEXTS && !this.#texts.has(key)) this.#texts.clear();
    this.#texts.set(key, text);
    return text;
  }

  #idOf(description: object | undefined): number {
    if (description === undefined) return 0;
    const id = this.#ids.get(description) ?? ++this.#lastId;
    this.#ids.set(description, id);
    return id;
  }
}
