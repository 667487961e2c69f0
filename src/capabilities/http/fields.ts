/** wasi:http's `fields`: header names and values, checked when they are set. */
import { Resource } from '../host/resource.ts';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { err, ok, type Result } from '../host/result.ts';
import type { StreamHost } from '../host/sleeper.ts';
import { isConnectionHeader } from './connection-headers.ts';
import type { Header } from './egress-protocol.ts';

type HeaderError = { tag: 'invalid-syntax' } | { tag: 'forbidden' } | { tag: 'immutable' };
type Done = Result<undefined, HeaderError>;

/** Most bytes of names and values of one object, with {@link ENTRY_BYTES} counted for each entry besides. */
const MAX_BYTES = 32_768;
const ENTRY_BYTES = 32;

export class Fields extends Resource {
  readonly #immutable: boolean;
  #entries: Header[];
  #bytes = 0;

  constructor(host: StreamHost, entries: readonly Header[] = [], immutable = false) {
    super(host);
    this.#entries = [...entries];
    this.#bytes = sizeOf(entries);
    this.#immutable = immutable;
  }

  static fromList(host: StreamHost, entries: readonly Header[]): Result<Fields, HeaderError> {
    const fields = new Fields(host);
    for (const [name, value] of entries) {
      const done = fields.append(name, value);
      if (done.tag === 'err') {
        fields[Symbol.dispose]();
        return done;
      }
    }
    return ok(fields);
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(name: string): Uint8Array[] {
    const wanted = name.toLowerCase();
    return this.#entries.filter(([key]) => key.toLowerCase() === wanted).map(([, value]) => value);
  }

  has(name: string): boolean {
    return this.get(name).length > 0;
  }

  set(name: string, values: readonly Uint8Array[]): Done {
    const deleted = this.delete(name);
    if (deleted.tag === 'err') return deleted;
    const failed = values.map((value) => this.append(name, value)).find(({ tag }) => tag === 'err');
    return failed ?? ok();
  }

  delete(name: string): Done {
    if (this.#immutable) return err({ tag: 'immutable' });
    const unwanted = name.toLowerCase();
    this.#entries = this.#entries.filter(([key]) => key.toLowerCase() !== unwanted);
    this.#bytes = sizeOf(this.#entries);
    return ok();
  }

  /** @throws RangeError, a trap, beyond {@link MAX_BYTES} */
  append(name: string, value: Uint8Array): Done {
    if (this.#immutable) return err({ tag: 'immutable' });
    if (!isValid(name, value)) return err({ tag: 'invalid-syntax' });
    if (isConnectionHeader(name)) return err({ tag: 'forbidden' });
    this.#bytes += sizeOf([[name, value]]);
    if (this.#bytes > MAX_BYTES) {
      throw new RangeError(`The HTTP headers of the component are over ${MAX_BYTES} bytes.`);
    }
    this.#entries.push([name, value]);
    return ok();
  }

  entries(): Header[] {
    return this.#entries;
  }

  clone(): Fields {
    return new Fields(this.host, this.#entries);
  }
}

function sizeOf(entries: readonly Header[]): number {
  return entries.reduce((sum, [name, value]) => sum + name.length + value.byteLength + ENTRY_BYTES, 0);
}

function isValid(name: string, value: Uint8Array): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, Buffer.from(value).toString('latin1'));
    return true;
  } catch {
    return false;
  }
}
