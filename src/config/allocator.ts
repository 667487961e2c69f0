/**
 * For the environment of the process that serves: glibc reads it once, when the process starts, and other
 * allocators ignore it.
 *
 * Guest threads come and go by the thousand. glibc would spread them over eight arenas a core, each of which keeps
 * what its fullest moment took; no more than one a core can be in use at one time.
 *
 * What is read once and dropped, such as the file of a graph, and what ONNX Runtime's arena gives back, is to be the
 * system's again at once: left to itself, glibc raises both thresholds below to what it has seen freed.
 */
import { MACHINE } from './machine.ts';

const MiB = 2 ** 20;

export const ALLOCATOR = {
  MALLOC_ARENA_MAX: String(Math.max(2, MACHINE.threads)),
  /** Larger blocks are the system's, and go back to it at once. */
  MALLOC_MMAP_THRESHOLD_: String(MiB),
  /** Free memory at the end of an arena goes back beyond this. */
  MALLOC_TRIM_THRESHOLD_: String(2 * MiB),
} as const;
