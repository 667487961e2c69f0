/**
 * Changes to the folders that a command may write to, made in images that belong to its thread. The host's folders are
 * updated when the command has ended (repository/write-folder.ts).
 *
 * Guarantees: no file of the host is touched; all files of all folders together stay within `folderBytes`, and files and
 * folders that were created within `MAX_ENTRIES`. Deleted files still count, since they may be open.
 */
import { MAX_ENTRIES, type FileNode, type FolderImage, type FolderNode } from './folder-image.ts';
import { findNode, type FileError } from './find-node.ts';
import { err, ok, type Result } from '../host/result.ts';

type Done = Result<undefined, FileError>;

/** In UTF-8 bytes, as in most file systems. */
const MAX_NAME_BYTES = 255;
const MIN_BUFFER = 4_096;

export class FolderWriter {
  readonly #maxBytes: number;
  #bytes = 0;
  #entries = 0;
  #lastId = 0;

  constructor(folders: Iterable<FolderImage>, maxBytes: number) {
    this.#maxBytes = maxBytes;
    for (const folder of folders) this.#count(folder);
  }

  open(base: FolderImage, path: string, how: OpenWrite): Result<FileNode, FileError> {
    const found = findNode(base, path);
    if (found.tag === 'ok') {
      if (how.create && how.exclusive) return err('exist');
      if (found.val.kind === 'folder') return err('is-directory');
      if (how.truncate) this.setSize(found.val, 0n);
      return ok(found.val);
    }
    if (!how.create || found.val !== 'no-entry') return found;
    return this.#make(base, path, (id) => ({ kind: 'file', id, bytes: new Uint8Array(), changed: true }));
  }

  createFolder(base: FolderImage, path: string): Done {
    if (findNode(base, path).tag === 'ok') return err('exist');
    const made = this.#make(base, path, (id) => ({ kind: 'folder', id, entries: new Map() }));
    return made.tag === 'ok' ? ok() : made;
  }

  /** Writes at the offset, and zeroes before it if the file ends earlier. */
  write(file: FileNode, offset: bigint, contents: Uint8Array): Done {
    if (contents.byteLength === 0) return ok();
    const end = offset + BigInt(contents.byteLength);
    if (end > BigInt(file.bytes.byteLength)) {
      const grown = this.setSize(file, end);
      if (grown.tag === 'err') return grown;
    }
    // Bytes that were read from the host are shared with other threads.
    if (file.own !== true) own(file, file.bytes.byteLength);
    file.bytes.set(contents, Number(offset));
    file.changed = true;
    return ok();
  }

  setSize(file: FileNode, size: bigint): Done {
    const before = file.bytes.byteLength;
    if (BigInt(this.#bytes - before) + size > BigInt(this.#maxBytes)) return err('insufficient-space');
    const after = Number(size);
    this.#bytes += after - before;
    file.changed = true;
    if (after > before && file.own === true && after <= file.bytes.buffer.byteLength) {
      // A buffer that the file owns has zeroes after the file's end.
      file.bytes = new Uint8Array(file.bytes.buffer, 0, after);
    } else if (after !== before) {
      own(file, after, after > before ? Math.max(MIN_BUFFER, 2 * after) : after);
    }
    return ok();
  }

  /** Removes a file, or an empty folder. */
  remove(base: FolderImage, path: string, kind: FolderNode['kind']): Done {
    const found = findNode(base, path);
    if (found.tag === 'err') return found;
    if (found.val.kind !== kind) return err(kind === 'file' ? 'is-directory' : 'not-directory');
    if (found.val.kind === 'folder' && found.val.entries.size > 0) return err('not-empty');
    const place = placeOf(base, path);
    if (place.tag === 'err') return place;
    place.val.folder.entries.delete(place.val.name);
    return ok();
  }

  rename(from: { base: FolderImage; path: string }, to: { base: FolderImage; path: string }): Done {
    const source = findNode(from.base, from.path);
    if (source.tag === 'err') return source;
    const [left, reached] = [placeOf(from.base, from.path), placeOf(to.base, to.path)];
    if (left.tag === 'err') return left;
    if (reached.tag === 'err') return reached;
    const moved = source.val;
    const there = reached.val.folder.entries.get(reached.val.name);
    if (there === moved) return ok();
    if (moved.kind === 'folder' && contains(moved, reached.val.folder)) return err('invalid');
    if (there?.kind === 'folder') {
      if (moved.kind === 'file') return err('is-directory');
      if (there.entries.size > 0) return err('not-empty');
    } else if (there !== undefined && moved.kind === 'folder') {
      return err('not-directory');
    }
    left.val.folder.entries.delete(left.val.name);
    reached.val.folder.entries.set(reached.val.name, moved);
    return ok();
  }

  #make<Node extends FolderNode>(
    base: FolderImage,
    path: string,
    make: (id: number) => Node,
  ): Result<Node, FileError> {
    const place = placeOf(base, path);
    if (place.tag === 'err') return place;
    if (this.#entries >= MAX_ENTRIES) return err('insufficient-space');
    this.#entries++;
    const node = make(++this.#lastId);
    place.val.folder.entries.set(place.val.name, node);
    return ok(node);
  }

  #count(node: FolderNode): void {
    this.#entries++;
    this.#lastId = Math.max(this.#lastId, node.id);
    if (node.kind === 'file') this.#bytes += node.bytes.byteLength;
    else for (const inner of node.entries.values()) this.#count(inner);
  }
}

/** Gives a file its own buffer with its first `size` bytes, and zeroes after them. */
function own(file: FileNode, size: number, room: number = size): void {
  const bytes = new Uint8Array(new SharedArrayBuffer(room), 0, size);
  bytes.set(file.bytes.subarray(0, size));
  file.bytes = bytes;
  file.own = true;
}

export interface OpenWrite {
  create: boolean;
  exclusive: boolean;
  truncate: boolean;
}

/** The folder in which a path ends, and its last name there. */
function placeOf(base: FolderImage, path: string): Result<{ folder: FolderImage; name: string }, FileError> {
  const trimmed = path.replace(/\/+$/, '');
  const at = trimmed.lastIndexOf('/');
  const name = trimmed.slice(at + 1);
  if (name === '' || name === '.' || name === '..') return err('invalid');
  if (name.includes('\0')) return err('invalid');
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return err('name-too-long');
  if (path.startsWith('/')) return err('not-permitted');
  const folder = findNode(base, at < 0 ? '.' : trimmed.slice(0, at));
  if (folder.tag === 'err') return folder;
  return folder.val.kind === 'folder' ? ok({ folder: folder.val, name }) : err('not-directory');
}

function contains(outer: FolderImage, inner: FolderImage): boolean {
  if (outer === inner) return true;
  return [...outer.entries.values()].some((node) => node.kind === 'folder' && contains(node, inner));
}
