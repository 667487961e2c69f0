/**
 * For the `resourceLimits` of every thread that lives long. V8 would reserve 512 MiB of writable address space a thread
 * for machine code, nearly all of it unused, and the system counts it against the limit processBytes. It would also let
 * the young generation grow to 48 MiB, which an idle thread keeps: what is young here dies with its request.
 */
export const THREAD_LIMITS = { codeRangeSizeMb: 64, maxYoungGenerationSizeMb: 6 } as const;

/** The same for the main thread, as a flag of Node: the size of each half in MiB, of three that V8 counts. */
export const YOUNG_GENERATION = '--max-semi-space-size=2';
