/**
 * For the `resourceLimits` of every thread that lives long. V8 would reserve 512 MiB of writable address space
 * a thread for machine code, nearly all of it unused, and the system counts it against the limit processBytes.
 */
export const CODE_RANGE = { codeRangeSizeMb: 64 } as const;
