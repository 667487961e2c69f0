/**
 * Paths that machines ask every few seconds for as long as the service lives: their requests are followed by nobody, and
 * logged for debugging only.
 */
export const PROBE = /^\/(v2\/health\/|v2\/models\/[^/]+(\/versions\/\d+)?\/ready$|metrics$|page\/activity$)/;
