/**
 * Takes out of the translator's glue what it does for asynchronous calls, of which there are none here.
 *
 * For each call of an imported function it makes two tasks and a subtask, and keeps them until the exported function
 * returns: more work than most of these functions are. What remains of a call is the check that it is allowed now, and
 * what lifts and lowers its values.
 */

/** One imported function: lifts its arguments, calls it, lowers its result. */
const TRAMPOLINE = /const _(trampoline\d+) = function\([^]*?\n {2}_\1\.fnName = /g;

/** Within a trampoline. */
const STEPS: readonly [pattern: RegExp, replacement: string][] = [
  [/const hostProvided = true;\s*let parentTask;[^]*?const started = task\.enterSync\(\);/, ''],
  [
    /_withGlobalCurrentTaskMeta\(\{\s*componentIdx: task\.componentIdx\(\),\s*taskID: task\.id\(\),\s*fn: \(\) => _trackHostOperation\(\(\) => ([^]*?)\),\s*\}\)\s*\n\s*;/,
    '$1;',
  ],
  [/_debugLog\('\[Instruction::CallInterface\] error during sync call', \{[^{}]*\}\);/, ''],
  [/task\.setErrored\(err\);\s*task\.reject\(err\);\s*task\.exit\(\);/, ''],
  [/task\.resolve\(\[[^\]\n]*\]\);\s*task\.exit\(\);/, ''],
];

/** Notes for debugging, which evaluate their arguments although nothing is logged. */
const NOTES = /_debugLog\((?:'[^'\n]*'|"[^"\n]*")(?:, \{[^{}]*\})?\);/g;

/** What a component calls for an imported function: the trampoline with descriptions of all its types. */
const LOWERED =
  /let (trampoline\d+) = _\1\.manuallyAsync \?[^]*?importFn: _\1,\s*\},\s*\)\)\) : _lowerImportBackwardsCompat\.bind\(\s*null,\s*\{\s*trampolineIdx: \d+,\s*componentIdx: (\d+),[^]*?importFn: _\1,\s*\},\s*\);/g;

const LOWER = /function _lowerImportBackwardsCompat\(args\) \{[^]*?\n {2}\}\n/;
const LEAN_LOWER = `const _lowerImport = (componentIdx, importFn) => (...params) => {
    _checkMayLeave(componentIdx);
    return $$meter.call(importFn, params);
  };
`;

/** @param glue hardened, which works synchronously @returns the same glue where it has another shape than is known here */
export function synchronousGlue(glue: string): string {
  let known = true;
  const plain = glue
    .replace(TRAMPOLINE, (trampoline) => {
      let text = trampoline;
      for (const [pattern, replacement] of STEPS) text = text.replace(pattern, replacement);
      text = text.replace(NOTES, '');
      known &&= !/\b(?:sub|parent)?task\b/i.test(text);
      return text;
    })
    .replace(NOTES, '')
    .replace(LOWERED, 'let $1 = _lowerImport($2, _$1);')
    .replace(LOWER, LEAN_LOWER);
  return known && !plain.includes('_lowerImportBackwardsCompat') ? plain : glue;
}
