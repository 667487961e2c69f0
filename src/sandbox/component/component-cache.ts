/**
 * Translated components on disk, by the digest of the component and the translator's version: what is here has been
 * translated, and its code tried.
 *
 * An entry is one file, written aside and renamed, and carries its own digest: a reader sees a whole entry
 * or none, and a damaged one counts as none. Whoever can write the folder can run code in the sandbox
 * threads, so it is made for its owner alone, and looked at before each use: in a folder that others may write to
 * nothing is read or written. A folder that cannot be used costs time, not function. All entries together stay under
 * a limit, and the ones that were not used for longest go.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { SERVICE_LIMITS } from '../../config/limits.ts';
import { explainUntrusted } from '../../config/trusted-place.ts';
import type { TranslatedComponent } from './translated-component.ts';

/** Raised whenever the translation of an unchanged component changes, or more is refused. */
const TRANSLATION = 'jco-transpile-0.15.0+13';

const DIGEST_BYTES = 32;

/** Longer than writing one takes: what is still there was left by a process that died. */
const ASIDE_MS = 600_000;

/** Of a core module, which has no translation, that it was tried. */
const TRIED = 'tried';

export class ComponentCache {
  readonly #folder: string | undefined;
  readonly #bytes: number;
  readonly #onUnusable: (reason: string) => void;

  /**
   * @param folder undefined: nothing is kept
   * @param bytes of all entries together
   * @param onUnusable is told once why the folder is not used
   */
  constructor(
    folder: string | undefined,
    bytes: number = SERVICE_LIMITS.cacheBytes,
    onUnusable: (reason: string) => void = () => undefined,
  ) {
    this.#folder = folder;
    this.#bytes = bytes;
    let told = false;
    this.#onUnusable = (reason) => {
      if (!told) onUnusable(reason);
      told = true;
    };
  }

  async read(digest: string): Promise<TranslatedComponent | undefined> {
    return (await this.#readEntry(digest)) as TranslatedComponent | undefined;
  }

  async write(digest: string, translated: TranslatedComponent): Promise<void> {
    await this.#writeEntry(digest, translated);
  }

  /** Whether the code of a core module has been tried. */
  async isTried(digest: string): Promise<boolean> {
    return (await this.#readEntry(`${digest}-${TRIED}`)) === TRIED;
  }

  async setTried(digest: string): Promise<void> {
    await this.#writeEntry(`${digest}-${TRIED}`, TRIED);
  }

  async #readEntry(key: string): Promise<unknown> {
    const folder = await this.#trusted();
    if (folder === undefined) return undefined;
    const path = pathOf(folder, key);
    const entry = await readTrusted(path).catch(() => undefined);
    if (entry === undefined) return undefined;
    const body = entry.subarray(DIGEST_BYTES);
    if (!entry.subarray(0, DIGEST_BYTES).equals(sha256(body))) return undefined;
    const now = new Date();
    // Where this fails the folder cannot be written, and nothing will be evicted from it.
    await utimes(path, now, now).catch(() => undefined);
    return deserialize(body);
  }

  async #writeEntry(key: string, value: unknown): Promise<void> {
    const body = serialize(value);
    if (this.#folder === undefined || body.length + DIGEST_BYTES > this.#bytes) return;
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const folder = await this.#trusted();
      if (folder === undefined) return;
      const aside = join(folder, `${randomUUID()}.part`);
      await writeFile(aside, Buffer.concat([sha256(body), body]), { mode: 0o600 });
      await rename(aside, pathOf(folder, key));
      await this.#evict(folder);
    } catch {
      // Read-only or full: the component is translated again at the next start.
    }
  }

  async #evict(folder: string): Promise<void> {
    const files = (await readdir(folder)).filter((file) => /\.(?:bin|part)$/.test(file));
    const entries = await Promise.all(
      // Another process may have evicted it meanwhile.
      files.map(async (file) => ({ file, facts: await stat(join(folder, file)).catch(() => undefined) })),
    );
    let total = 0;
    for (const { file, facts } of entries.toSorted((a, b) => age(a.facts) - age(b.facts))) {
      total += facts?.size ?? 0;
      const left = file.endsWith('.part') && age(facts) > ASIDE_MS;
      if (left || (total > this.#bytes && file.endsWith('.bin')))
        await rm(join(folder, file), { force: true });
    }
  }

  /** The folder, if it is there and nobody else can write to it. */
  async #trusted(): Promise<string | undefined> {
    if (this.#folder === undefined) return undefined;
    const facts = await stat(this.#folder).catch(() => undefined);
    if (facts === undefined) return undefined;
    const reason = explainUntrusted(facts);
    if (reason === undefined) return this.#folder;
    this.#onUnusable(`The cache directory ${this.#folder} is not used: ${reason}.`);
    return undefined;
  }
}

async function readTrusted(path: string): Promise<Buffer | undefined> {
  await using file = await open(path);
  if (explainUntrusted(await file.stat()) !== undefined) return undefined;
  return file.readFile();
}

function age(facts: { mtimeMs: number } | undefined): number {
  return Date.now() - (facts?.mtimeMs ?? 0);
}

function pathOf(folder: string, key: string): string {
  return join(folder, `${key}-${TRANSLATION}.bin`);
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
