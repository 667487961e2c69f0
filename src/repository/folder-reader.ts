/** Reads files of one model folder, and nothing outside it. */
import { createHash } from 'node:crypto';
import { open, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, normalize } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { SandpiperError, invalidModel } from '../errors.ts';
import { isInside } from '../capabilities/filesystem/is-inside.ts';
import type { ManifestFile } from './manifest.ts';

/** Some milliseconds of work. */
const SLICE_BYTES = 4 * 1_048_576;

interface ReadOptions {
  /** Longer files are refused before they are read. */
  maxBytes?: number;
  /** What to do about a file that cannot be read. */
  remedy?: string;
}

export class FolderReader {
  readonly #folder: string;
  /** For messages: `name/version`. */
  readonly #model: string;
  readonly #directory: string | undefined;

  /** @param directory the models directory that holds the folder, if any; a path without links */
  constructor(folder: string, model: string, directory?: string) {
    this.#folder = folder;
    this.#model = model;
    this.#directory = directory;
  }

  /**
   * Reads a whole file and verifies its digest, if the manifest has one.
   *
   * @throws SandpiperError `invalid-model`: missing, outside the folder, or of another digest
   */
  async read({ file, sha256 }: ManifestFile, options: ReadOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.readUnchecked(file, options);
    if (sha256 === undefined) return bytes;
    const found = await digestOf(bytes);
    if (found !== sha256) {
      throw this.refused(
        `${file} is damaged or was replaced: its SHA-256 is ${found}, and model.json says ${sha256}`,
        'restore the file, or, if the change is wanted, write the digests again with `sandpiper lock`',
      );
    }
    return bytes;
  }

  /** Reads a file that has no digest. @throws SandpiperError `invalid-model` */
  async readUnchecked(
    file: string,
    { maxBytes = Infinity, remedy = 'restore the file, or no longer name it' }: ReadOptions = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    try {
      const path = await this.#resolve(file);
      // Checked before it is opened, since opening a pipe would wait for its writer.
      const found = await stat(path);
      if (!found.isFile()) throw this.refused(`${file} is no file`, 'put the file in its place');
      await using handle = await open(path, 'r');
      const { size } = await handle.stat();
      if (size > maxBytes)
        throw this.refused(`${file} has ${size} bytes, over ${maxBytes}`, 'make it smaller');
      const bytes = new Uint8Array(size);
      for (let offset = 0; offset < size;) {
        const { bytesRead } = await handle.read(bytes, offset, size - offset, offset);
        if (bytesRead === 0) break;
        offset += bytesRead;
      }
      return bytes;
    } catch (error) {
      if (error instanceof SandpiperError) throw error;
      const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
      throw this.refused(`${file} cannot be read (${code})`, remedy, error);
    }
  }

  /** Refuses a file that another one needs and model.json does not name. @throws SandpiperError `invalid-model` */
  async unstated(file: string, neededBy: string): Promise<never> {
    const sha256 = await digestOf(await this.readUnchecked(file));
    throw this.refused(
      `${neededBy} has data in ${file}, which model.json does not name`,
      `add ${JSON.stringify({ file, sha256 })} to "data" of the graph`,
    );
  }

  outside(what: string): SandpiperError {
    return this.refused(`${what} is outside the model folder`, 'copy the file into the folder');
  }

  /** Follows links; their targets must be inside the folder too, or among its blobs of the Hugging Face cache. */
  async #resolve(file: string): Promise<string> {
    if (isAbsolute(file) || !isInside('.', normalize(file))) throw this.outside(file);
    const [root, path] = await Promise.all([realpath(this.#folder), realpath(join(this.#folder, file))]);
    if (isInside(root, path)) return path;
    const blobs = blobsOf(root);
    const mayHaveBlobs = blobs !== undefined && this.#directory !== undefined;
    if (mayHaveBlobs && isInside(this.#directory, blobs) && isInside(blobs, path)) return path;
    throw this.outside(file);
  }

  refused(what: string, remedy: string, cause?: unknown): SandpiperError {
    return invalidModel(`Cannot load model ${this.#model}: ${what}; ${remedy}.`, { cause });
  }
}

/** Lets others go between two slices: a large graph takes a tenth of a second and more. */
async function digestOf(bytes: Uint8Array): Promise<string> {
  const hash = createHash('sha256');
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    hash.update(bytes.subarray(at, at + SLICE_BYTES));
    await setImmediate();
  }
  return hash.digest('hex');
}

/**
 * A cache of the Hugging Face Hub has the files of a repository in `blobs`, and beside it `snapshots/<revision>`, whose
 * files are links to them.
 */
function blobsOf(folder: string): string | undefined {
  const [, repository] = /^(.*)\/snapshots\/[^/]+(?:\/.*)?$/.exec(folder) ?? [];
  return repository === undefined ? undefined : join(repository, 'blobs');
}

/** The lines of a text file, such as one of labels. */
export function linesOf(bytes: Uint8Array): string[] {
  return Buffer.from(bytes).toString('utf8').trimEnd().split(/\r?\n/);
}
