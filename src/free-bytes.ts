import { isMarkedAsUntransferable } from 'node:worker_threads';

/**
 * Gives the memory of bytes that own their buffer back at once; others are left alone. Left to the collector, a
 * few dozen large bodies or tensors would call for a collection of the whole heap, which takes longer than they do.
 */
export function freeBytes({ buffer, byteLength }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.detached || buffer.byteLength !== byteLength) return;
  if (!isMarkedAsUntransferable(buffer)) buffer.transfer(0);
}
