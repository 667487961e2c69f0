import { isMarkedAsUntransferable } from 'node:worker_threads';

/**
 * Frees the memory of a view that spans its whole buffer; other views are left alone. Garbage collection alone would keep
 * the file of a graph in an idle heap, and would run too often for a few dozen large bodies.
 */
export function freeBytes({ buffer, byteLength }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.detached || buffer.byteLength !== byteLength) return;
  if (!isMarkedAsUntransferable(buffer)) buffer.transfer(0);
}
