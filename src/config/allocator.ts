/**
 * For the environment of the process that serves: glibc reads it once, when the process starts, and other
 * allocators ignore it.
 *
 * Guest threads come and go by the thousand. glibc would spread them over eight arenas a core, each of which keeps
 * what its fullest moment took; no more than one a core can be in use at one time.
 */
import { availableParallelism } from 'node:os';

export const ALLOCATOR = { MALLOC_ARENA_MAX: String(Math.max(2, availableParallelism())) } as const;
