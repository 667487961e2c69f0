/**
 * A folder of a model, or one that a command is given, read into memory that all threads share.
 *
 * A component never touches the file system of the host: it walks this image, in which nothing leads
 * anywhere else. What could lead elsewhere, a link out of the folder or a device, is refused here.
 */
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { SandpiperError, invalidModel } from '../../errors.ts';
import { isInside } from './is-inside.ts';

export type FolderNode =
  FileNode | { kind: 'folder'; id: number; entries: Map<string, FolderNode>; writable?: true };

export interface FileNode {
  kind: 'file';
  /** Unique within the image, and among the images of one reader. */
  id: number;
  bytes: Uint8Array;
  /** Whether the guest has changed it. */
  changed?: boolean;
  /** Whether the file owns its buffer, which has zeroes after the file's end. */
  own?: boolean;
}

export type FolderImage = Extract<FolderNode, { kind: 'folder' }>;

/** Most files and folders in one model's granted folders. */
export const MAX_ENTRIES = 20_000;

export class FolderImageReader {
  readonly #subject: string;
  readonly #outer: string;
  readonly #maxBytes: number;
  readonly #remedy: string;
  #bytes = 0;
  #entries = 0;

  /**
   * @param subject what needs the folders, such as `model name`, for messages
   * @param outer the folder that none of them may leave
   * @param maxBytes most bytes of all images together
   * @param remedy advice in the message when there are more
   */
  constructor(
    subject: string,
    outer: string,
    maxBytes: number,
    remedy = 'grant smaller folders, or raise the limit in model.json',
  ) {
    this.#subject = subject;
    this.#outer = outer;
    this.#maxBytes = maxBytes;
    this.#remedy = remedy;
  }

  /**
   * @param folder path inside the outer folder
   * @param shown what messages call it
   * @throws SandpiperError `invalid-model`: missing, outside the model folder, with a link or a special file
   *   that leads out of it, or over the limit folderBytes
   */
  async read(folder: string, shown = folder): Promise<FolderImage> {
    try {
      const [outer, root] = await Promise.all([realpath(this.#outer), realpath(join(this.#outer, folder))]);
      if (isAbsolute(folder) || !isInside(outer, root)) {
        throw this.#refused(`folder ${folder} is outside the model folder`, 'copy it into the model folder');
      }
      return await this.#readFolder(root, root, shown);
    } catch (error) {
      if (error instanceof SandpiperError) throw error;
      const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
      throw this.#refused(`folder ${shown} cannot be read (${code})`, 'restore it', error);
    }
  }

  async #readFolder(root: string, path: string, shown: string): Promise<FolderImage> {
    const id = this.#nextEntry();
    const entries = new Map<string, FolderNode>();
    const found = await readdir(path, { withFileTypes: true });
    for (const entry of found.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const inner = join(path, entry.name);
      const innerShown = `${shown}/${entry.name}`;
      const node = entry.isDirectory()
        ? await this.#readFolder(root, inner, innerShown)
        : await this.#readFile(root, inner, innerShown);
      entries.set(entry.name, node);
    }
    return { kind: 'folder', id, entries };
  }

  /** Reads a file, or the target of a link to a file of the same granted folder. */
  async #readFile(root: string, path: string, shown: string): Promise<FileNode> {
    const target = await realpath(path);
    if (!isInside(root, target)) {
      throw this.#refused(`${shown} is a link that leads out of its folder`, 'copy the file into the folder');
    }
    // Checked before it is opened, since opening a pipe would wait for its writer.
    if (!(await stat(target)).isFile()) {
      throw this.#refused(`${shown} is neither a file nor a folder`, 'take it out of the folder');
    }
    const id = this.#nextEntry();
    await using file = await open(target, 'r');
    const { size } = await file.stat();
    this.#bytes += size;
    if (this.#bytes > this.#maxBytes) {
      throw this.#refused(
        `its granted folders have over ${this.#bytes} bytes, and folderBytes allows ${this.#maxBytes}`,
        this.#remedy,
      );
    }
    const bytes = new Uint8Array(new SharedArrayBuffer(size));
    for (let offset = 0; offset < size;) {
      const { bytesRead } = await file.read(bytes, offset, size - offset, offset);
      if (bytesRead === 0) break;
      offset += bytesRead;
    }
    return { kind: 'file', id, bytes };
  }

  #nextEntry(): number {
    if (this.#entries >= MAX_ENTRIES) {
      throw this.#refused(`its granted folders have over ${MAX_ENTRIES} entries`, 'grant smaller folders');
    }
    return ++this.#entries;
  }

  #refused(what: string, remedy: string, cause?: unknown): SandpiperError {
    return invalidModel(`Cannot load ${this.#subject}: ${what}; ${remedy}.`, {
      cause,
    });
  }
}
