/** wasi:filesystem's `directory-entry-stream`: the names of one folder, one by one. */
import { Resource } from '../host/resource.ts';
import type { FolderImage, FolderNode } from './folder-image.ts';
import { ok, type Result } from '../host/result.ts';
import type { StreamHost } from '../host/sleeper.ts';
import { typeOf, type Stat } from './node-facts.ts';

interface DirectoryEntry {
  type: Stat['type'];
  name: string;
}

export class DirectoryEntryStream extends Resource {
  readonly #entries: readonly (readonly [string, FolderNode])[];
  #next = 0;

  constructor(host: StreamHost, folder: FolderImage) {
    super(host);
    this.#entries = [...folder.entries];
  }

  /** The next entry; undefined after the last. */
  readDirectoryEntry(): Result<DirectoryEntry | undefined, never> {
    const entry = this.#entries[this.#next++];
    if (entry === undefined) return ok(undefined);
    const [name, node] = entry;
    return ok({ name, type: typeOf(node) });
  }
}
