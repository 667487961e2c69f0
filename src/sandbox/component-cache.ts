/**
 * Translated components on disk, by the digest of the component and the translator's version.
 *
 * An entry is one file, written aside and renamed, and carries its own digest: a reader sees a whole entry
 * or none, and a damaged one counts as none. Whoever can write the folder can run code in the sandbox
 * threads, so it is made for its owner alone. A folder that cannot be written costs time, not function.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { TranslatedComponent } from './compile-component.ts';

/** Raised whenever the translation of an unchanged component changes. */
const TRANSLATION = 'jco-transpile-0.15.0+12';

const DIGEST_BYTES = 32;

export class ComponentCache {
  readonly #folder: string | undefined;

  /** @param folder undefined: nothing is kept */
  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  async read(digest: string): Promise<TranslatedComponent | undefined> {
    if (this.#folder === undefined) return undefined;
    const entry = await readFile(this.#pathOf(this.#folder, digest)).catch(() => undefined);
    if (entry === undefined) return undefined;
    const body = entry.subarray(DIGEST_BYTES);
    if (!entry.subarray(0, DIGEST_BYTES).equals(sha256(body))) return undefined;
    return deserialize(body) as TranslatedComponent;
  }

  async write(digest: string, translated: TranslatedComponent): Promise<void> {
    if (this.#folder === undefined) return;
    const body = serialize(translated);
    const aside = join(this.#folder, `${randomUUID()}.part`);
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await writeFile(aside, Buffer.concat([sha256(body), body]), { mode: 0o600 });
      await rename(aside, this.#pathOf(this.#folder, digest));
    } catch {
      // Read-only or full: the component is translated again at the next start.
    }
  }

  #pathOf(folder: string, digest: string): string {
    return join(folder, `${digest}-${TRANSLATION}.bin`);
  }
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
