import type { ModelSummary } from '../../service/api/tasks.ts';

/** Texts that are kept, one for each set of models that a reader may see. */
const MAX_TEXTS = 16;

/**
 * Keeps a text about each set of models, because making one takes milliseconds of the main thread.
 *
 * @param make from the models' names, tasks and descriptions alone
 */
export function keptTexts(
  make: (models: readonly ModelSummary[]) => string,
): (models: readonly ModelSummary[]) => string {
  const texts = new Map<string, string>();
  /** A description stays the same object for as long as its model serves. */
  const ids = new WeakMap<object, number>();
  let lastId = 0;
  const idOf = (description: object | undefined): number => {
    if (description === undefined) return 0;
    const id = ids.get(description) ?? ++lastId;
    ids.set(description, id);
    return id;
  };
  return (models) => {
    const key = JSON.stringify(models.map(({ name, task, prediction }) => [name, task, idOf(prediction)]));
    const text = texts.get(key) ?? make(models);
    if (texts.size >= MAX_TEXTS && !texts.has(key)) texts.clear();
    texts.set(key, text);
    return text;
  };
}
