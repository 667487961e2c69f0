import { isMarkedAsUntransferable } from 'node:worker_threads';

/**
 * Gives the memory of bytes that own their buffer back at once; others are left alone. The collector does not look at
 * an idle heap, where the file of a graph would stay, and a few dozen large bodies would have it look too often.
 */
export function freeBytes({ buffer, byteLength }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.detached || buffer.byteLength !== byteLength) return;
  if (!isMarkedAsUntransferable(buffer)) buffer.transfer(0);
}
