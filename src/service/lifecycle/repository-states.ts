/** States of model versions that are not in service, for the repository's index. */
import { ERRORS, toPlainError } from '../../errors.ts';
import { assertReadable } from '../../repository/model-folder.ts';
import type { FoundModels, ModelLocation } from '../../repository/model-repository.ts';
import { titleOf } from '../models/load-context.ts';
import type { ServedModel } from '../models/served-model.ts';
import type { RepositoryEntry } from '../api/tensor-inference.ts';

type Which = Pick<ModelLocation, 'name' | 'version'>;

export class RepositoryStates {
  readonly #loading = new Set<Which>();
  readonly #unloading = new Set<Which>();
  /** Why a version is not in service. */
  readonly #reasons = new Map<string, string>();
  /** Versions that should be in service and could not be loaded. */
  readonly #failed = new Set<string>();

  /** Marks a version as loading until the result is disposed of. */
  loading(which: Which): Disposable {
    return held(this.#loading, which);
  }

  /** Marks a version as unloading until the result is disposed of, unless another load of it is in service. */
  unloading(which: Which): Disposable {
    this.#reasons.set(titleOf(which), 'unloaded');
    this.#failed.delete(titleOf(which));
    return held(this.#unloading, which);
  }

  failed(which: Which, error: unknown): void {
    this.#reasons.set(titleOf(which), reasonOf(error));
    this.#failed.add(titleOf(which));
  }

  loaded(which: Which): void {
    this.#failed.delete(titleOf(which));
  }

  get someFailed(): boolean {
    return this.#failed.size > 0;
  }

  async index(
    { locations, unusable }: FoundModels,
    served: readonly ServedModel[],
  ): Promise<RepositoryEntry[]> {
    const known = new Map<string, Which>();
    for (const which of [...locations, ...served, ...this.#unloading]) known.set(titleOf(which), which);
    const entries = [...known].map(async ([key, { name, version }]): Promise<RepositoryEntry> => {
      const model = served.find((one) => titleOf(one) === key);
      if (model !== undefined) {
        const reason = model.breaker.open ? 'set aside after failures in a row' : '';
        return { name, version, state: reason === '' ? 'READY' : 'UNAVAILABLE', reason };
      }
      if (has(this.#loading, key)) return { name, version, state: 'LOADING', reason: '' };
      if (has(this.#unloading, key)) return { name, version, state: 'UNLOADING', reason: '' };
      const location = locations.find((one) => titleOf(one) === key);
      const reason = this.#reasons.get(key) ?? (await whyNot(location));
      return { name, version, state: 'UNAVAILABLE', reason };
    });
    const others = unusable.map((location) => ({ ...location, state: 'UNAVAILABLE' as const }));
    return [...(await Promise.all(entries)), ...others].toSorted(
      (a, b) =>
        a.name.localeCompare(b.name) ||
        String(a.version).localeCompare(String(b.version), undefined, { numeric: true }),
    );
  }
}

/** Reason for a version that has not been loaded. */
async function whyNot(location: ModelLocation | undefined): Promise<string> {
  if (location === undefined) return 'not loaded';
  return assertReadable(location.folder, `${location.name}/${location.version}`).then(
    () => 'not loaded',
    reasonOf,
  );
}

/** Model errors may be shown to clients that may load models; other failures are only logged. */
function reasonOf(error: unknown): string {
  const { code, message } = toPlainError(error);
  const mayShow = code === 'invalid-model' || code === 'invalid-component' || ERRORS[code].actor === 'client';
  return mayShow ? message : 'it could not be loaded; the service log says why';
}

function has(set: ReadonlySet<Which>, key: string): boolean {
  return [...set].some((which) => titleOf(which) === key);
}

function held(set: Set<Which>, { name, version }: Which): Disposable {
  const which = { name, version };
  set.add(which);
  return { [Symbol.dispose]: () => void set.delete(which) };
}
