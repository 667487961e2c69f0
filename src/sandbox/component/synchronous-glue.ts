/**
 * Takes out of the translator's glue what it does for asynchronous calls, of which there are none here.
 *
 * For each call of an imported function it makes two tasks and a subtask, and keeps them until the exported function
 * returns: more work than most of these functions are. What remains of a call is the check that it is allowed now, and
 * what lifts and lowers its values.
 */

/** One imported function: lifts its arguments, calls it, lowers its result. */
const TRAMPOLINE = /const _(trampoline\d+) = function\([^]*?\n *_\1\.fnName = /g;

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

const LOWER = /^( *)function _lowerImportBackwardsCompat\(args\) \{[^]*?\n\1\}\n/m;
const LEAN_LOWER = `const _lowerImport = (componentIdx, importFn) => (...params) => {
    _checkMayLeave(componentIdx);
    return $$meter.call(importFn, params);
  };
`;

/** @param glue hardened, which works synchronously @returns the same glue where it has another shape than is known here */
export function synchronousGlue(glue: string): string {
  const plain = glue
    .replace(TRAMPOLINE, (trampoline) =>
      STEPS.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), trampoline),
    )
    .replace(NOTES, '')
    .replace(LOWERED, 'let $1 = _lowerImport($2, _$1);')
    .replace(LOWER, LEAN_LOWER);
  const isDone =
    !/_lowerImportBackwardsCompat|hostProvided = true/.test(plain) &&
    [...plain.matchAll(TRAMPOLINE)].every(([trampoline]) => !/\btask\b/.test(trampoline));
  return isDone ? plain : glue;
}
