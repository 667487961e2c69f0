/**
 * wasi:filesystem's `descriptor` over an image in memory: everything that reads, and `read-only` for the rest.
 */
import type { FolderNode } from '../../../repository/folder-image.ts';
import { InputStream } from '../input-stream.ts';
import { err, ok, type Result } from '../result.ts';
import type { WasiHost } from '../wasi-host.ts';
import { DirectoryEntryStream } from './directory-entry-stream.ts';
import { findNode, type FileError } from './find-node.ts';
import { bytesFrom, hashOf, statOf, typeOf, type MetadataHash, type Stat } from './node-facts.ts';

interface OpenFlags {
  create: boolean;
  directory: boolean;
  truncate: boolean;
}

interface DescriptorFlags {
  read: boolean;
  write: boolean;
  mutateDirectory: boolean;
}

type Done = Result<undefined, FileError>;

/** One read gives at most this many bytes. */
const MAX_READ_BYTES = 1_048_576;

const READ_ONLY = err('read-only' as const);

export class Descriptor {
  readonly #host: WasiHost;
  readonly #node: FolderNode;

  constructor(host: WasiHost, node: FolderNode) {
    host.handles.add();
    this.#host = host;
    this.#node = node;
  }

  readViaStream(offset: bigint): Result<InputStream, FileError> {
    if (this.#node.kind === 'folder') return err('is-directory');
    let rest = bytesFrom(this.#node.bytes, offset);
    const read = (max: number): Uint8Array | undefined => {
      if (rest.byteLength === 0) return undefined;
      const bytes = rest.subarray(0, max);
      rest = rest.subarray(max);
      return bytes;
    };
    return ok(new InputStream(this.#host, { ready: () => true, read }));
  }

  read(length: bigint, offset: bigint): Result<[Uint8Array, boolean], FileError> {
    if (this.#node.kind === 'folder') return err('is-directory');
    const rest = bytesFrom(this.#node.bytes, offset);
    const bytes = rest.subarray(0, length < MAX_READ_BYTES ? Number(length) : MAX_READ_BYTES);
    return ok([bytes, bytes.byteLength === rest.byteLength]);
  }

  readDirectory(): Result<DirectoryEntryStream, FileError> {
    return this.#node.kind === 'file'
      ? err('not-directory')
      : ok(new DirectoryEntryStream(this.#host.handles, this.#node));
  }

  openAt(
    _pathFlags: unknown,
    path: string,
    open: OpenFlags,
    flags: DescriptorFlags,
  ): Result<Descriptor, FileError> {
    if (open.create || open.truncate || flags.write || flags.mutateDirectory) return READ_ONLY;
    const found = this.#at(path);
    if (found.tag === 'err') return found;
    if (open.directory && found.val.kind === 'file') return err('not-directory');
    return ok(new Descriptor(this.#host, found.val));
  }

  getFlags(): Result<{ read: true }, FileError> {
    return ok({ read: true });
  }

  getType(): Result<Stat['type'], FileError> {
    return ok(typeOf(this.#node));
  }

  stat(): Result<Stat, FileError> {
    return ok(statOf(this.#node));
  }

  statAt(_pathFlags: unknown, path: string): Result<Stat, FileError> {
    const found = this.#at(path);
    return found.tag === 'ok' ? ok(statOf(found.val)) : found;
  }

  readlinkAt(path: string): Result<string, FileError> {
    const found = this.#at(path);
    // What links there were, were followed when the image was made.
    return found.tag === 'ok' ? err('invalid') : found;
  }

  isSameObject(other: Descriptor): boolean {
    return this.#node === other.#node;
  }

  metadataHash(): Result<MetadataHash, FileError> {
    return ok(hashOf(this.#host.program, this.#node));
  }

  metadataHashAt(_pathFlags: unknown, path: string): Result<MetadataHash, FileError> {
    const found = this.#at(path);
    return found.tag === 'ok' ? ok(hashOf(this.#host.program, found.val)) : found;
  }

  advise(): Done {
    return ok();
  }

  sync(): Done {
    return ok();
  }

  syncData(): Done {
    return ok();
  }

  [Symbol.dispose](): void {
    this.#host.handles.remove();
  }

  #at(path: string): Result<FolderNode, FileError> {
    return this.#node.kind === 'file' ? err('not-directory') : findNode(this.#node, path);
  }
}

/** All that would change something; on the prototype, where the generated glue looks for them. */
const CHANGES = [
  'writeViaStream',
  'appendViaStream',
  'write',
  'setSize',
  'setTimes',
  'setTimesAt',
  'createDirectoryAt',
  'removeDirectoryAt',
  'unlinkFileAt',
  'renameAt',
  'linkAt',
  'symlinkAt',
];

for (const name of CHANGES) Object.defineProperty(Descriptor.prototype, name, { value: () => READ_ONLY });
