/**
 * Verdicts on graphs, by the digest of the model and the versions of the libraries.
 *
 * The graphs of the package are listed in a file of tried ones. A harmless verdict is kept on disk if the caller asks for
 * it, so that an installed model is tried once. A failure is kept in memory only, for ten minutes: a machine that was busy
 * or short of memory may have caused it. Memory holds a bounded number of verdicts. Files are written aside and renamed;
 * if the folder cannot be written, graphs are tried again at the next start.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageFile } from '../../package-files.ts';
import { BACKENDS } from '../backends.ts';

const KEPT_IN_MEMORY = 512;
const FAILURES_KEPT_MS = 600_000;

/** Any other version of any library tries all graphs again. */
export const LIBRARIES = BACKENDS.map(({ library, version }) => `${library}-${version}`).join('-');

/** Written by `models/try-graphs.ts`, so that the models of the package load at once at the first start too. */
export interface TriedGraphs {
  /** The {@link LIBRARIES} that they were tried with; they are ignored for any other. */
  libraries: string;
  /** CPU time that loading took, by the graph's SHA-256. */
  cpuMs: Readonly<Record<string, number>>;
}

export const TRIED_GRAPHS = packageFile('models/tried-graphs.json');

export type Verdict =
  /** It loads, or is refused with a message, in this CPU time. */
  | { kind: 'harmless'; cpuMs: number }
  /** With the limit that it exceeded. */
  | { kind: 'over-time'; limitMs: number }
  | { kind: 'over-memory'; limitBytes: number }
  | { kind: 'died'; how: string };

export class VerdictCache {
  readonly #folder: string | undefined;
  readonly #recent = new Map<string, { verdict: Verdict; until: number }>();

  /** @param folder where verdicts are stored; undefined to store none */
  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  async read(digest: string): Promise<Verdict | undefined> {
    const recent = this.#recent.get(digest);
    const known =
      recent !== undefined && recent.until > performance.now() ? recent.verdict : triedBefore(digest);
    if (known !== undefined || this.#folder === undefined) return known;
    const text = await readFile(this.#pathOf(this.#folder, digest), 'utf8').catch(() => '');
    const cpuMs = /^\d+$/.test(text) ? Number(text) : undefined;
    return cpuMs === undefined ? undefined : { kind: 'harmless', cpuMs };
  }

  /** @param onDisk whether to store a harmless verdict on disk too */
  async write(digest: string, verdict: Verdict, onDisk: boolean): Promise<void> {
    this.#recent.delete(digest);
    const until = verdict.kind === 'harmless' ? Infinity : performance.now() + FAILURES_KEPT_MS;
    this.#recent.set(digest, { verdict, until });
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > KEPT_IN_MEMORY && oldest !== undefined) this.#recent.delete(oldest);
    if (!onDisk || verdict.kind !== 'harmless' || this.#folder === undefined) return;
    const aside = join(this.#folder, `${randomUUID()}.part`);
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await writeFile(aside, String(verdict.cpuMs), { mode: 0o600 });
      await rename(aside, this.#pathOf(this.#folder, digest));
    } catch {
      // Read-only or full disk: the graph is tried again at the next start.
    }
  }

  #pathOf(folder: string, digest: string): string {
    return join(folder, `graph-${digest}-${LIBRARIES}.ms`);
  }
}

export function digestOf(model: Uint8Array): string {
  return createHash('sha256').update(model).digest('hex');
}

let tried: TriedGraphs | undefined;

function triedBefore(digest: string): Verdict | undefined {
  tried ??= JSON.parse(readFileSync(TRIED_GRAPHS, 'utf8')) as TriedGraphs;
  const cpuMs = tried.libraries === LIBRARIES ? tried.cpuMs[digest] : undefined;
  return cpuMs === undefined ? undefined : { kind: 'harmless', cpuMs };
}
