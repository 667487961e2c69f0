/**
 * The translator's glue without its debug log.
 *
 * The glue reports each of its steps to a function that looks into the environment every time, about a
 * microsecond each, 10 to 25 % of a small component's call. Nobody can switch that log on here: a guest
 * thread has an empty environment.
 */
const DEBUG_LOG = /const _debugLog = \(\.\.\.args\) => \{[^}]*\}\s*console\.debug\(\.\.\.args\);\s*\};/;

export function simplifyGlue(glue: string): string {
  return glue.replace(DEBUG_LOG, 'const _debugLog = () => {};');
}
