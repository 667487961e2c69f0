/** The file descriptors of one command: standard streams, granted folders, and what it opened in them. */
import type { FileNode, FolderImage, FolderNode } from '../../capabilities/filesystem/folder-image.ts';
import type { FolderWriter } from '../../capabilities/filesystem/folder-writer.ts';
import type { ByteSource } from '../../capabilities/io/input-stream.ts';
import type { ByteSink } from '../../capabilities/io/output-stream.ts';
import type { StandardStreams, WasiHost } from '../../capabilities/wasi-host.ts';
import { Preview1Error } from './errno.ts';

export type OpenFile =
  | { kind: 'input'; source: ByteSource }
  | { kind: 'output'; sink: ByteSink }
  | { kind: 'file'; node: FileNode; position: bigint; writable: boolean; append: boolean }
  | { kind: 'folder'; node: FolderImage; preopen: string | undefined; writable: boolean };

export type Open<Kind extends OpenFile['kind']> = Extract<OpenFile, { kind: Kind }>;

export class Descriptors {
  readonly #open = new Map<number, OpenFile>();
  readonly #handles: WasiHost['handles'];
  readonly #writer: WasiHost['writer'];

  constructor(
    { handles, folders, writer }: Pick<WasiHost, 'handles' | 'folders' | 'writer'>,
    streams: StandardStreams,
  ) {
    this.#handles = handles;
    this.#writer = writer;
    this.#add({ kind: 'input', source: streams.stdin });
    this.#add({ kind: 'output', sink: streams.stdout });
    this.#add({ kind: 'output', sink: streams.stderr });
    for (const [preopen, node] of folders)
      this.#add({ kind: 'folder', node, preopen, writable: node.writable === true });
  }

  /** @param writable whether the file may be written, or the folder's contents changed */
  open(node: FolderNode, writable = false, append = false): number {
    return this.#add(
      node.kind === 'file'
        ? { kind: 'file', node, position: 0n, writable, append }
        : { kind: 'folder', node, preopen: undefined, writable },
    );
  }

  /** @throws Preview1Error `badf` */
  get(fd: number): OpenFile {
    const found = this.#open.get(fd >>> 0);
    if (found === undefined) throw new Preview1Error('badf');
    return found;
  }

  /** @throws Preview1Error `badf`, `notdir` */
  folder(fd: number): Open<'folder'> {
    const found = this.get(fd);
    if (found.kind !== 'folder') throw new Preview1Error('notdir');
    return found;
  }

  /** @throws Preview1Error `badf`, `isdir`, `spipe` */
  file(fd: number): Open<'file'> {
    const found = this.get(fd);
    if (found.kind === 'folder') throw new Preview1Error('isdir');
    if (found.kind !== 'file') throw new Preview1Error('spipe');
    return found;
  }

  /** What changes a file, or the contents of a folder. @throws Preview1Error `rofs` */
  writerOf({ writable }: Open<'file' | 'folder'>): FolderWriter {
    if (this.#writer === undefined || !writable) throw new Preview1Error('rofs');
    return this.#writer;
  }

  /** @throws Preview1Error `badf` */
  close(fd: number): void {
    this.get(fd);
    this.#open.delete(fd >>> 0);
    this.#handles.remove();
  }

  /** Moves `from` to `to`, which is closed first. @throws Preview1Error `badf` */
  renumber(from: number, to: number): void {
    const moved = this.get(from);
    this.get(to);
    if (from >>> 0 === to >>> 0) return;
    this.close(to);
    this.#open.delete(from >>> 0);
    this.#open.set(to >>> 0, moved);
  }

  /** Uses the lowest free number, as in POSIX. @throws RangeError, a trap, beyond liveResources */
  #add(file: OpenFile): number {
    this.#handles.add();
    let fd = 0;
    while (this.#open.has(fd)) fd++;
    this.#open.set(fd, file);
    return fd;
  }
}
