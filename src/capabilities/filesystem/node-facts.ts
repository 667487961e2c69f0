/** wasi:filesystem's metadata of a file or folder of an image. */
import { hash } from 'node:crypto';
import type { FolderNode } from './folder-image.ts';

export interface Stat {
  type: 'directory' | 'regular-file';
  linkCount: bigint;
  size: bigint;
}

export interface MetadataHash {
  lower: bigint;
  upper: bigint;
}

export function typeOf({ kind }: FolderNode): Stat['type'] {
  return kind === 'folder' ? 'directory' : 'regular-file';
}

/** Without times: the image has none. */
export function statOf(node: FolderNode): Stat {
  const size = node.kind === 'file' ? node.bytes.byteLength : 0;
  return { type: typeOf(node), linkCount: 1n, size: BigInt(size) };
}

/** The bytes from an offset; empty beyond the end. */
export function bytesFrom(bytes: Uint8Array, offset: bigint): Uint8Array {
  return bytes.subarray(offset < bytes.byteLength ? Number(offset) : bytes.byteLength);
}

/** @param program name and version of the model, which identify the image */
export function hashOf(program: string, { id }: FolderNode): MetadataHash {
  const digest = hash('sha256', `${program}/${id}`, 'buffer');
  return { lower: digest.readBigUInt64LE(0), upper: digest.readBigUInt64LE(8) };
}
