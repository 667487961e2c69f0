/**
 * Translated components on disk, by the digest of the component and the translator's version. The code of each has been
 * tried.
 *
 * An entry is one file, written aside and renamed, and carries its own digest: a reader sees a whole entry or none, and
 * a damaged one counts as none. Anybody who can write to the folder can run code in the guest threads, so it is created
 * for its owner alone and its permissions are checked before each use: a folder that others may write to is not used.
 * Without a usable folder, components are translated at each start. The least recently used entries are evicted when all
 * together exceed a limit.
 */
import { hash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { SERVICE_LIMITS } from '../../config/limits.ts';
import { explainUntrusted } from '../../config/explain-untrusted.ts';
import type { TranslatedComponent } from './translated-component.ts';

/** Changed whenever the same component is translated differently, or more is refused. */
const TRANSLATION = 'jco-transpile-0.15.0+15';

const DIGEST_BYTES = 32;

/** Age at which an unfinished entry is deleted, longer than writing takes: its process has died. */
const ASIDE_MS = 600_000;

/** Content of a core module's entry, which has no translation. */
const TRIED = 'tried';

export class ComponentCache {
  readonly #folder: string | undefined;
  readonly #bytes: number;
  readonly #onUnusable: (reason: string) => void;

  /**
   * @param folder undefined to store nothing
   * @param bytes most bytes of all entries together
   * @param onUnusable called once with the reason if the folder is not used
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
    if (!entry.subarray(0, DIGEST_BYTES).equals(hash('sha256', body, 'buffer'))) return undefined;
    const now = new Date();
    // If this fails, the folder is not writable, and nothing is evicted from it.
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
      await writeFile(aside, Buffer.concat([hash('sha256', body, 'buffer'), body]), { mode: 0o600 });
      await rename(aside, pathOf(folder, key));
      await this.#evict(folder);
    } catch {
      // Read-only or full disk: the component is translated again at the next start.
    }
  }

  async #evict(folder: string): Promise<void> {
    const files = (await readdir(folder)).filter((file) => /\.(?:bin|part)$/.test(file));
    const entries = await Promise.all(
      // Another process may evict files at the same time.
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

  /** The folder, if it exists and only its owner can write to it. */
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
