/** The model versions in service, by name and version. */
import { SandpiperError } from '../../errors.ts';
import { ModelNotFound } from '../api/service-errors.ts';
import type { ServedModel } from '../models/served-model.ts';

export class ModelCatalogue {
  /** Versions of each model, ascending. */
  readonly #models = new Map<string, ServedModel[]>();

  /** All versions, sorted by name and version. */
  get all(): ServedModel[] {
    return this.#names.flatMap((name) => this.#models.get(name) ?? []);
  }

  /** The version of each model that serves requests without a version: the highest. */
  get defaults(): ServedModel[] {
    return this.#names.flatMap((name) => this.#models.get(name)?.at(-1) ?? []);
  }

  /** Versions of one model, ascending; empty for an unknown model. */
  versionsOf(name: string): readonly ServedModel[] {
    return this.#models.get(name) ?? [];
  }

  /** @throws SandpiperError `not-found` */
  get(name: string, version?: number): ServedModel {
    const versions = this.versionsOf(name);
    const highest = versions.at(-1);
    if (highest === undefined) throw new ModelNotFound(name);
    if (version === undefined) return highest;
    const found = versions.find((model) => model.version === version);
    if (found !== undefined) return found;
    const served = versions.map((model) => model.version).join(', ');
    throw new SandpiperError('not-found', `Model ${name} has no version ${version}; it serves ${served}.`);
  }

  /** All versions, those of one model, or a single one. @throws SandpiperError `not-found` */
  select(name?: string, version?: number): readonly ServedModel[] {
    if (name === undefined) return this.all;
    const one = this.get(name, version);
    return version === undefined ? this.versionsOf(name) : [one];
  }

  /**
   * Puts exactly these versions of a model into service; an empty list takes the model out.
   *
   * @returns the versions that were in service before
   */
  replace(name: string, versions: readonly ServedModel[]): readonly ServedModel[] {
    const before = this.versionsOf(name);
    if (versions.length === 0) this.#models.delete(name);
    else
      this.#models.set(
        name,
        versions.toSorted((a, b) => a.version - b.version),
      );
    return before;
  }

  get #names(): string[] {
    return [...this.#models.keys()].toSorted((a, b) => a.localeCompare(b));
  }
}
