/**
 * Paths that probes poll every few seconds: their requests are not traced, and logged at debug level only.
 */
export const PROBE = /^\/(v2\/health\/|v2\/models\/[^/]+(\/versions\/\d+)?\/ready$|metrics$|page\/activity$)/;
