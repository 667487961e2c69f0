/** Handles of one kind. They are never reused, so that a closed one never refers to something else. */
import { NnFailure } from '../nn-error.ts';

const LAST_HANDLE = 0xffff_fffe;

export class HandleTable<Resource extends Disposable> {
  readonly #what: string;
  readonly #resources = new Map<number, Resource>();
  #last = 0;

  /** @param what the kind, for messages */
  constructor(what: string) {
    this.#what = what;
  }

  /** @throws NnFailure `too-large` */
  add(resource: Resource): number {
    if (this.#last >= LAST_HANDLE) {
      resource[Symbol.dispose]();
      throw new NnFailure('too-large', `Every handle of a ${this.#what} has been used.`);
    }
    this.#resources.set(++this.#last, resource);
    return this.#last;
  }

  /** @throws NnFailure `invalid-argument` */
  get(handle: number): Resource {
    const resource = this.#resources.get(handle >>> 0);
    if (resource === undefined) {
      throw new NnFailure('invalid-argument', `There is no ${this.#what} ${handle >>> 0}.`);
    }
    return resource;
  }

  /** @throws NnFailure `invalid-argument` */
  close(handle: number): void {
    this.get(handle)[Symbol.dispose]();
    this.#resources.delete(handle >>> 0);
  }
}
