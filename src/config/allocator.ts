/**
 * Environment variables for glibc's allocator in the process that serves: glibc reads them once, when the process starts,
 * and other allocators ignore them.
 *
 * Guest threads come and go by the thousand. glibc would spread them over eight arenas a core, each of which keeps
 * its peak memory; no more than one a core can be in use at one time.
 *
 * Memory that is used once, such as the file of a graph, and memory that ONNX Runtime's arena frees should return to the
 * system at once: by default glibc raises both thresholds below to the sizes that it has seen freed.
 */
import { MACHINE } from './machine.ts';

const MiB = 2 ** 20;

export const ALLOCATOR = {
  MALLOC_ARENA_MAX: String(Math.max(2, MACHINE.threads)),
  /** Larger blocks are mapped separately and unmapped when freed. */
  MALLOC_MMAP_THRESHOLD_: String(MiB),
  /** More free memory than this at the end of an arena is returned. */
  MALLOC_TRIM_THRESHOLD_: String(2 * MiB),
} as const;
