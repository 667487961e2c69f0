/**
 * Takes out of the translator's glue what it does for asynchronous calls, of which there are none here.
 *
 * For each call, of an imported or an exported function, it makes tasks and keeps states of components: more work than
 * most of these functions are. What remains of a call is the check that it is allowed now, and what lifts and lowers its
 * values. Without tasks nothing reaches their classes, which are two thirds of the glue: they are dropped.
 */
import { compileFunction } from 'node:vm';
import { dropUnused } from './drop-unused.ts';

type Steps = readonly (readonly [pattern: RegExp, replacement: string])[];

/** Runs `fn` with its task as the current one. */
const IN_TASK =
  /_withGlobalCurrentTaskMeta\(\{\s*(?:componentIdx: task\.componentIdx\(\),\s*|taskID: task\.id\(\),\s*){2}fn: \(\) => /
    .source;

/** One imported function: lifts its arguments, calls it, lowers its result. */
const TRAMPOLINE = /const _(trampoline\d+) = function\([^]*?\n *_\1\.fnName = /g;

const OF_TRAMPOLINE: Steps = [
  [/const hostProvided = true;\s*let parentTask;[^]*?const started = task\.enterSync\(\);/, ''],
  [new RegExp(`${IN_TASK}_trackHostOperation\\(\\(\\) => ([^]*?)\\),\\s*\\}\\)\\s*\\n\\s*;`), '$1;'],
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

/** One exported function: lowers its arguments, calls it, lifts its result. */
const EXPORTED = /^( *)function [\w$]+\([^)\n]*\) \{\s*const hostProvided = false;[^]*?\n\1\}\n/gm;

const OF_EXPORTED: Steps = [
  [
    /const hostProvided = false;\s*getOrCreateAsyncState\(\d+\)\.throwIfTrapped\(\);/,
    '$$meter.assertWhole();',
  ],
  [
    new RegExp(
      `const \\[task, _wasm_call_currentTaskID\\] = createNewCurrentTask\\([^]*?return ${IN_TASK}\\{\\s*try \\{`,
    ),
    '',
  ],
  [new RegExp(`${IN_TASK}([^\\n]*),\\s*\\}\\)`), '$1'],
  [/task\.setErrored\(err\);\s*task\.reject\(err\);\s*task\.exit\(\);/, ''],
  [/task\.resolve\(\[[^\]\n]*\]\);/, ''],
  [
    /let cstate = getOrCreateAsyncState\((\d+)\);\s*cstate\.mayLeave = false;([^\n]*\n[^\n]*\n\s*)cstate\.mayLeave = true;/,
    'instanceFlags$1.value = 0;$2instanceFlags$1.value = 1;',
  ],
  [/task\.exit\(\);/, ''],
  [/\} catch \(err\) \{\s*if \(!task\.isResolvedState\(\)\) \{[^]*?throw err;\s*\}\s*\},\s*\}\);/, ''],
];

const OF_INSTANCE: Steps = [
  [/^ *_trampoline\d+\.fnName = .*\n/gm, ''],
  [/getOrCreateAsyncState\(\d+\)\.markTrapped\(/g, '$$meter.trap('],
  [/Object\.assign\(([^\n]*), \{ _jcoMaySuspend: false \}\)/g, '$1'],
  [/try \{\s*realloc\d+Async = WebAssembly\.promising\([^]*?\} catch ?\(err\) \{[^}]*\}/g, ''],
];

/** Names of the code for tasks. Where they remain, composed components call one another by tasks. */
const TASKS = /createNewCurrentTask|getOrCreateAsyncState/;

/** @param glue hardened, which works synchronously @returns the same glue where it has another shape than is known here */
export function synchronousGlue(glue: string): string {
  const imports = glue
    .replace(TRAMPOLINE, (trampoline) => withoutTask(OF_TRAMPOLINE, trampoline))
    .replace(NOTES, '')
    .replace(LOWERED, 'let $1 = _lowerImport($2, _$1);')
    .replace(LOWER, LEAN_LOWER);
  if (/_lowerImportBackwardsCompat|hostProvided = true/.test(imports)) return glue;
  const exports = imports.replace(EXPORTED, (exported) => withoutTask(OF_EXPORTED, exported));
  const whole = dropUnused(applySteps(OF_INSTANCE, exports));
  const best = TASKS.test(whole) ? dropUnused(imports) : whole;
  return isProgram(best) ? best : glue;
}

/** @returns the function as it is where a task remains in it */
function withoutTask(steps: Steps, whole: string): string {
  const lean = applySteps(steps, whole);
  return /\btask\b/.test(lean) ? whole : lean;
}

function applySteps(steps: Steps, glue: string): string {
  return steps.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), glue);
}

function isProgram(glue: string): boolean {
  try {
    compileFunction(glue.replaceAll(/^export /gm, ''));
    return true;
  } catch {
    return false;
  }
}
