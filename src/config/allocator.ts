/**
 * For the environment of the process that serves: glibc reads it once, when the process starts, and other
 * allocators ignore it.
 *
 * Guest threads come and go by the thousand. glibc would spread them over eight arenas a core, each of which keeps
 * what its fullest moment took; no more than one a core can be in use at one time.
 *
 * A run of a bare graph, which has no arena of ONNX Runtime's, takes and gives back blocks of many megabytes. As it
 * comes, glibc has the system map each of over 32 MB anew, and clear all its pages.
 */
import { availableParallelism } from 'node:os';

const MiB = 2 ** 20;

export const ALLOCATOR = {
  MALLOC_ARENA_MAX: String(Math.max(2, availableParallelism())),
  /** Larger blocks are the system's, and go back to it at once. */
  MALLOC_MMAP_THRESHOLD_: String(64 * MiB),
  /** Free memory at the end of an arena goes back beyond this. */
  MALLOC_TRIM_THRESHOLD_: String(128 * MiB),
} as const;
