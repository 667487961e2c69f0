/**
 * Compiles functions of a core module with both compilers of V8, in a trial process, since it may take any time and
 * memory.
 *
 * In the service V8 compiles a function when it is first called, and optimises a hot one on its own threads. Neither can
 * be stopped, so both are tried here first.
 */
import { setFlagsFromString } from 'node:v8';
import { leb, PREAMBLE_BYTES, section, sectionsOf } from './wasm-binary.ts';
import { SECTION, type ModuleFacts } from './read-module.ts';

const ALWAYS = [
  '--no-wasm-lazy-compilation',
  '--no-wasm-dynamic-tiering',
  // The cache would return the first compiler's module to the second.
  '--no-wasm-native-module-cache',
  // Inlining needs feedback from running the module, and V8 bounds it itself.
  '--no-wasm-inlining',
  '--no-wasm-inlining-call-indirect',
];

/** The baseline compiler, then the optimising one. */
const TIERS = [
  ['--liftoff', '--liftoff-only'],
  ['--no-liftoff-only', '--no-liftoff'],
];

/** No locals; `unreachable`, `end`. */
const EMPTY_BODY = [3, 0, 0x00, 0x0b];

/**
 * @param toTry indices in the code section; the other functions are not compiled
 * @throws WebAssembly.CompileError if the module is not valid
 */
export function tryCompiling(module: Uint8Array, facts: ModuleFacts, toTry: ReadonlySet<number>): void {
  if (toTry.size === 0) return;
  const reduced = withFunctions(module, facts, toTry);
  for (const flag of ALWAYS) setFlagsFromString(flag);
  for (const flags of TIERS) {
    for (const flag of flags) setFlagsFromString(flag);
    // Synchronous: it returns when all functions are compiled.
    void new WebAssembly.Module(reduced);
  }
}

function withFunctions(
  module: Uint8Array,
  { defined }: ModuleFacts,
  kept: ReadonlySet<number>,
): Uint8Array<ArrayBuffer> {
  const bodies = defined.flatMap(({ body }, at) =>
    kept.has(at) ? [Uint8Array.from(leb(body.length)), body] : [Uint8Array.from(EMPTY_BODY)],
  );
  const code = Buffer.concat([Uint8Array.from(leb(defined.length)), ...bodies]);
  const parts = sectionsOf(module).map(({ id, whole }) => (id === SECTION.code ? section(id, code) : whole));
  return new Uint8Array(Buffer.concat([module.subarray(0, PREAMBLE_BYTES), ...parts]));
}
