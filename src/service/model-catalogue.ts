/** The model versions in service, by name and version. */
import { SandpiperError } from '../errors.ts';
import { ModelNotFound } from './model-not-found.ts';
import type { ServedModel } from './served-model.ts';

export class ModelCatalogue<Model extends Pick<ServedModel, 'name' | 'version'>> {
  /** Of each model its versions, ascending. */
  readonly #models = new Map<string, Model[]>();

  /** All of them, by name and version. */
  get all(): Model[] {
    return this.#names.flatMap((name) => this.#models.get(name) ?? []);
  }

  /** Of each model the version that serves requests without one: the highest. */
  get defaults(): Model[] {
    return this.#names.flatMap((name) => this.#models.get(name)?.at(-1) ?? []);
  }

  /** Of one model, ascending; empty for an unknown one. */
  versionsOf(name: string): readonly Model[] {
    return this.#models.get(name) ?? [];
  }

  /** @throws SandpiperError `not-found` */
  get(name: string, version?: number): Model {
    const versions = this.versionsOf(name);
    const highest = versions.at(-1);
    if (highest === undefined) throw new ModelNotFound(name);
    if (version === undefined) return highest;
    const found = versions.find((model) => model.version === version);
    if (found !== undefined) return found;
    const served = versions.map((model) => model.version).join(', ');
    throw new SandpiperError('not-found', `Model ${name} has no version ${version}; it serves ${served}.`);
  }

  /** All, those of one model, or one version of it. @throws SandpiperError `not-found` */
  select(name?: string, version?: number): readonly Model[] {
    if (name === undefined) return this.all;
    const one = this.get(name, version);
    return version === undefined ? this.versionsOf(name) : [one];
  }

  /** Puts one version into service, or anew in the place of the same version. */
  put(model: Model): void {
    const others = this.versionsOf(model.name).filter(({ version }) => version !== model.version);
    this.#models.set(
      model.name,
      [...others, model].toSorted((a, b) => a.version - b.version),
    );
  }

  get #names(): string[] {
    return [...this.#models.keys()].toSorted((a, b) => a.localeCompare(b));
  }
}
