/**
 * The access keys of this service, and their reload while it serves.
 *
 * Keys that cannot be reloaded stay in force: a mistake in the file neither opens the service nor locks everybody
 * out. The file is polled by its time and size, so that a file that is replaced, or a link that is switched (as
 * Kubernetes mounts secrets), counts as changed.
 */
import { timingSafeEqual } from 'node:crypto';
import { unwatchFile, watchFile } from 'node:fs';
import { digestOf, isInline, readAccessKeys, type AccessKey } from '../config/access-keys.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Caller } from './caller.ts';
import { RateLimit } from './rate-limit.ts';

const pollMs = 1_000;

interface Entry {
  readonly digest: Buffer;
  readonly caller: Caller & { readonly name: string };
}

export class KeyRing implements Disposable {
  readonly #source: string;
  readonly #logger: Logger;
  readonly #onChange = (): void => void this.#reload();
  #entries: readonly Entry[];

  /** @throws SandpiperError `invalid-config` */
  static async open(source: string, logger: Logger): Promise<KeyRing> {
    return new KeyRing(source, logger, await readAccessKeys(source));
  }

  private constructor(source: string, logger: Logger, keys: readonly AccessKey[]) {
    this.#source = source;
    this.#logger = logger;
    this.#entries = toEntries(keys, []);
    if (!isInline(source)) watchFile(source, { interval: pollMs, persistent: false }, this.#onChange);
  }

  /** The caller of a key. Compares with every key, so that the time taken reveals nothing. */
  find(key: string): Caller | undefined {
    const digest = digestOf(key);
    let found: Caller | undefined;
    for (const entry of this.#entries) {
      if (timingSafeEqual(entry.digest, digest)) found = entry.caller;
    }
    return found;
  }

  [Symbol.dispose](): void {
    if (!isInline(this.#source)) unwatchFile(this.#source, this.#onChange);
  }

  async #reload(): Promise<void> {
    try {
      this.#entries = toEntries(await readAccessKeys(this.#source), this.#entries);
      this.#logger.info({ keys: this.#entries.length }, 'the keys were reloaded');
    } catch (error) {
      this.#logger.error(`${messageOf(error)} The keys read before stay in force.`);
    }
  }
}

/** Keeps the state of a rate that did not change, so that touching the file grants no new burst. */
function toEntries(keys: readonly AccessKey[], before: readonly Entry[]): Entry[] {
  return keys.map(({ name, digest, models, operator, rate }) => {
    const old = before.find((entry) => entry.caller.name === name)?.caller.rate;
    const same = old?.rate.requestsPerMinute === rate?.requestsPerMinute && old?.rate.burst === rate?.burst;
    return { digest, caller: { name, models, operator, rate: same ? old : rate && new RateLimit(rate) } };
  });
}
