/** wasi:filesystem's `descriptor` over an image in memory. A change to a read-only folder fails with `read-only`. */
import { Resource } from '../host/resource.ts';
import type { FileNode, FolderImage, FolderNode } from './folder-image.ts';
import { InputStream } from '../io/input-stream.ts';
import { OutputStream } from '../io/output-stream.ts';
import { err, ok, type Result } from '../host/result.ts';
import { StreamFailure } from '../io/stream-error.ts';
import type { WasiHost } from '../wasi-host.ts';
import { DirectoryEntryStream } from './directory-entry-stream.ts';
import type { FolderWriter, OpenWrite } from './folder-writer.ts';
import { findNode, type FileError } from './find-node.ts';
import { bytesFrom, hashOf, statOf, typeOf, type MetadataHash, type Stat } from './node-facts.ts';

interface OpenFlags extends OpenWrite {
  directory: boolean;
}

interface DescriptorFlags {
  read: boolean;
  write: boolean;
  mutateDirectory: boolean;
}

type Done = Result<undefined, FileError>;

const MAX_READ_BYTES = 1_048_576;

/** Most bytes of one write; the caller writes the rest again. */
const MAX_WRITE_BYTES = 1_048_576;

const READ_ONLY = err('read-only' as const);

export class Descriptor extends Resource<WasiHost> {
  readonly #node: FolderNode;
  readonly #writable: boolean;

  /** @param writable whether the file may be written, or the folder's contents changed */
  constructor(host: WasiHost, node: FolderNode, writable: boolean) {
    super(host);
    this.#node = node;
    this.#writable = writable;
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
    return ok(new InputStream(this.host, { ready: () => true, read }));
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
      : ok(new DirectoryEntryStream(this.host, this.#node));
  }

  openAt(
    _pathFlags: unknown,
    path: string,
    open: OpenFlags,
    flags: DescriptorFlags,
  ): Result<Descriptor, FileError> {
    const changes = open.create || open.truncate || flags.write;
    if (!this.#writable && (changes || flags.mutateDirectory)) return READ_ONLY;
    if (changes && !open.directory) {
      const file = this.#change((writer, folder) => writer.open(folder, path, open));
      return file.tag === 'err' ? file : ok(new Descriptor(this.host, file.val, flags.write));
    }
    const found = this.#at(path);
    if (found.tag === 'err') return found;
    if (open.directory && found.val.kind === 'file') return err('not-directory');
    return ok(new Descriptor(this.host, found.val, this.#writable && found.val.kind === 'folder'));
  }

  write(contents: Uint8Array, offset: bigint): Result<bigint, FileError> {
    const part = contents.subarray(0, MAX_WRITE_BYTES);
    const written = this.#changeFile((writer, file) => writer.write(file, offset, part));
    return written.tag === 'err' ? written : ok(BigInt(part.byteLength));
  }

  writeViaStream(offset: bigint): Result<OutputStream, FileError> {
    let at = offset;
    return this.#stream((writer, file, bytes) => {
      const written = writer.write(file, at, bytes);
      at += BigInt(bytes.byteLength);
      return written;
    });
  }

  appendViaStream(): Result<OutputStream, FileError> {
    return this.#stream((writer, file, bytes) => writer.write(file, BigInt(file.bytes.byteLength), bytes));
  }

  setSize(size: bigint): Done {
    return this.#changeFile((writer, file) => writer.setSize(file, size));
  }

  createDirectoryAt(path: string): Done {
    return this.#change((writer, folder) => writer.createFolder(folder, path));
  }

  removeDirectoryAt(path: string): Done {
    return this.#change((writer, folder) => writer.remove(folder, path, 'folder'));
  }

  unlinkFileAt(path: string): Done {
    return this.#change((writer, folder) => writer.remove(folder, path, 'file'));
  }

  renameAt(path: string, target: Descriptor, newPath: string): Done {
    return this.#change((writer, folder) =>
      target.#change((_, other) => writer.rename({ base: folder, path }, { base: other, path: newPath })),
    );
  }

  /** Accepted without effect: the image has no times. */
  setTimes(): Done {
    return this.#writable ? ok() : READ_ONLY;
  }

  setTimesAt(_pathFlags: unknown, path: string): Done {
    const found = this.#writable ? this.#at(path) : READ_ONLY;
    return found.tag === 'err' ? found : ok();
  }

  linkAt(): Done {
    return this.#writable ? err('unsupported') : READ_ONLY;
  }

  symlinkAt(): Done {
    return this.#writable ? err('unsupported') : READ_ONLY;
  }

  getFlags(): Result<Partial<DescriptorFlags>, FileError> {
    if (!this.#writable) return ok({ read: true });
    return ok(
      this.#node.kind === 'file' ? { read: true, write: true } : { read: true, mutateDirectory: true },
    );
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
    // There are no links: they were followed when the image was made.
    return found.tag === 'ok' ? err('invalid') : found;
  }

  isSameObject(other: Descriptor): boolean {
    return this.#node === other.#node;
  }

  metadataHash(): Result<MetadataHash, FileError> {
    return ok(hashOf(this.host.program, this.#node));
  }

  metadataHashAt(_pathFlags: unknown, path: string): Result<MetadataHash, FileError> {
    const found = this.#at(path);
    return found.tag === 'ok' ? ok(hashOf(this.host.program, found.val)) : found;
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

  #change<Value>(
    make: (writer: FolderWriter, folder: FolderImage) => Result<Value, FileError>,
  ): Result<Value, FileError> {
    const { writer } = this.host;
    if (this.#node.kind === 'file') return err('not-directory');
    return writer !== undefined && this.#writable ? make(writer, this.#node) : READ_ONLY;
  }

  #changeFile<Value>(
    make: (writer: FolderWriter, file: FileNode) => Result<Value, FileError>,
  ): Result<Value, FileError> {
    const { writer } = this.host;
    if (this.#node.kind === 'folder') return err('is-directory');
    return writer !== undefined && this.#writable ? make(writer, this.#node) : READ_ONLY;
  }

  #stream(
    write: (writer: FolderWriter, file: FileNode, bytes: Uint8Array) => Done,
  ): Result<OutputStream, FileError> {
    return this.#changeFile((writer, file) => {
      const sink = {
        write: (bytes: Uint8Array) => {
          const written = write(writer, file, bytes);
          if (written.tag === 'err') throw new StreamFailure(written.val, written.val);
        },
      };
      return ok(new OutputStream(this.host, sink));
    });
  }

  #at(path: string): Result<FolderNode, FileError> {
    return this.#node.kind === 'file' ? err('not-directory') : findNode(this.#node, path);
  }
}
