/**
 * The stack and the heap that koffi takes for the calls of a thread. koffi 3.3.4 keeps them when the thread ends: with
 * three mappings a thread, a process would have all that Linux allows when 21,000 threads had ended.
 *
 * Ownership: the thread writes where they are; when it has ended, and only then, the main thread gives them back.
 */
import { readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import koffi from 'koffi';
import type { Address } from './c-api.ts';

/** The version that keeps them. One that does not must not find them taken away. */
const KEEPING_VERSION = '3.3.4';

/** Start and size of the stack with its guards, then of the heap. */
const CELLS = 4;

/** Where glibc's `ucontext_t` has the stack pointer. */
const STACK_POINTER_OFFSET: Partial<Record<NodeJS.Architecture, number>> = { x64: 160, arm64: 432 };
/** A call begins at the top of the stack: a pointer further below is not koffi's, but that of another stack. */
const FURTHEST_BELOW_TOP = 65_536n;
/** More than `ucontext_t` has on any of them. */
const CONTEXT_BYTES = 8_192;

interface Mapping {
  start: bigint;
  end: bigint;
  access: string;
}

export function allocateCallMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(CELLS * BigUint64Array.BYTES_PER_ELEMENT);
}

/** Writes where this thread's are, if it is one that ends before the process, and that can be told here. */
export function noteCallMemory(shared: SharedArrayBuffer): void {
  const offset = STACK_POINTER_OFFSET[process.arch];
  if (isMainThread || process.platform !== 'linux' || koffi.version !== KEEPING_VERSION) return;
  if (offset !== undefined) new BigUint64Array(shared).set(findCallMemory(offset));
}

/** Gives back what an ended thread has left. */
export function releaseCallMemory(shared: SharedArrayBuffer): void {
  const cells = new BigUint64Array(shared);
  const [stack = 0n, stackBytes = 0n, heap = 0n, heapBytes = 0n] = cells;
  if (stack === 0n) return;
  cells.fill(0n);
  const unmap = koffi.load(null).func('int munmap(void*, size_t)');
  unmap(stack, stackBytes);
  unmap(heap, heapBytes);
}

/** @returns nothing where the C library or koffi does otherwise than it is known to */
function findCallMemory(stackPointerOffset: number): Address[] {
  const library = koffi.load(null);
  const context = new DataView(new ArrayBuffer(CONTEXT_BYTES));
  let pageBytes: bigint;
  try {
    library.func('int getcontext(void*)')(context);
    pageBytes = BigInt(library.func('int getpagesize()')() as number);
  } catch {
    return []; // musl has no getcontext
  }
  // koffi copies a text to the beginning of the heap, and this returns where it is.
  const heap = library.func('void* strchr(const char*, int)')('', 0) as Address;
  const stackPointer = context.getBigUint64(stackPointerOffset, true);
  const { sync_stack_size, sync_heap_size } = koffi.config() as Record<string, number>;
  const stackBytes = BigInt(sync_stack_size ?? 0) + 2n * pageBytes;
  const heapBytes = BigInt(sync_heap_size ?? 0);
  const mappings = readMappings();
  const within = (start: bigint, end: bigint): Mapping | undefined =>
    mappings.find((each) => each.access === 'rw-p' && each.start <= start && end <= each.end);
  const lowest = within(stackPointer, stackPointer)?.start ?? 0n;
  const stack = lowest - pageBytes;
  const isStack =
    stack + stackBytes - stackPointer < FURTHEST_BELOW_TOP &&
    mappings.some(({ end, access }) => access === '---p' && end === lowest) &&
    within(lowest, stack + stackBytes) !== undefined;
  const isHeap = heap % pageBytes === 0n && within(heap, heap + heapBytes) !== undefined;
  return isStack && isHeap ? [stack, stackBytes, heap, heapBytes] : [];
}

function readMappings(): Mapping[] {
  const lines = readFileSync('/proc/self/maps', 'latin1').split('\n');
  return lines.flatMap((line) => {
    const [, start, end, access] = /^([0-9a-f]+)-([0-9a-f]+) (\S{4})/.exec(line) ?? [];
    if (start === undefined || end === undefined || access === undefined) return [];
    return [{ start: BigInt(`0x${start}`), end: BigInt(`0x${end}`), access }];
  });
}
