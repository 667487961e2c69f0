/**
 * The translator's glue made fit for hostile components.
 *
 * As it comes, the glue copies whatever lengths a component states: one string of 16 MiB named by a million
 * list elements becomes a million strings, and a list that reaches past the end of memory is cut short
 * without a word. Here every byte and element that leaves the sandbox is first paid for at a {@link CrossingMeter},
 * and a list beyond its memory is a trap. The debug log, which reads the environment at every step, is
 * removed. Each rule must find its place: glue of an unknown shape is refused rather than trusted.
 */

interface Rule {
  what: string;
  pattern: RegExp;
  replacement: string;
  /** Glue that lifts nothing of the kind has no such place. */
  mayBeAbsent?: true;
}

const RULES: readonly Rule[] = [
  {
    what: 'the entry point',
    pattern: /^export function instantiate\(getCoreModule, imports, [^\n]*\{$/m,
    replacement: '$&\n  const $$meter = imports.$$meter;',
  },
  {
    what: 'the debug log',
    pattern: /const _debugLog = \(\.\.\.args\) => \{[^}]*\}\s*console\.debug\(\.\.\.args\);\s*\};/,
    replacement: 'const _debugLog = () => {};',
    mayBeAbsent: true,
  },
  {
    what: 'text decoders',
    pattern: /new TextDecoder\(/g,
    replacement: '$$meter.decoder(',
    mayBeAbsent: true,
  },
  {
    what: 'copies of lists',
    pattern: /\b(memory\d+)\.buffer\.slice\(/g,
    replacement: '$$meter.copy($1.buffer, ',
    mayBeAbsent: true,
  },
  {
    what: 'lists element by element',
    pattern: /for \((?:let|var) i = 0; i < len\d*; i\+\+\) \{/g,
    replacement: '$& $$meter.element();',
    mayBeAbsent: true,
  },
  {
    what: 'imported functions',
    pattern: /const _trampoline\d+ = function\([^)]*\) \{/g,
    replacement: '$& $$meter.beginImport();',
    mayBeAbsent: true,
  },
  {
    what: 'calls of imported functions',
    pattern: /const res = importFn\(\.\.\.params\);/,
    replacement: 'const res = $$meter.call(importFn, params);',
    mayBeAbsent: true,
  },
  {
    what: 'drops of resources',
    pattern: /function trampoline(\d+)\(handle\) \{/g,
    replacement:
      'const trampoline$1 = (handle) => $$meter.call(drop$1, [handle]);\n  function drop$1(handle) { $$meter.beginImport();',
    mayBeAbsent: true,
  },
  {
    // As it comes, an index beyond the table counts as a handle, and enters the list of free ones.
    what: 'handles that are dropped or given away',
    pattern: /if \(val === 0 \|\| \(scope & T_FLAG\) !== 0\) \{/,
    replacement: 'if (!(handle > 0 && val > 0) || (scope & T_FLAG) !== 0) {',
    mayBeAbsent: true,
  },
  {
    what: 'handles that are used, of which two numbers would mean one',
    pattern: /(handleTable\d+)\[\((handle\d*) << 1\) \+ 1\]/g,
    replacement: '$1[($2 >>> 0) * 2 + 1]',
    mayBeAbsent: true,
  },
  {
    what: 'handles that one component of a composition uses of another, the same',
    pattern: /if \(rep === 0 \|\| \(scope & T_FLAG\) !== 0\) \{/,
    replacement: 'if (!(handle > 0) || rep === 0 || (scope & T_FLAG) !== 0) {',
    mayBeAbsent: true,
  },
  {
    // A component makes handles of resources of its own without asking the host.
    what: 'growing tables of handles',
    pattern: /if \(free === 0\) \{(?=\s*table\.push\()/g,
    replacement: '$& $$meter.growHandles(table.length / 2);',
    mayBeAbsent: true,
  },
  {
    // The destructor would run when another request has the thread. What is left goes away with the instance.
    what: 'destructors of resources that a composed component gives another',
    pattern: /return new FinalizationRegistry\(unregister\);/,
    replacement: 'return { register() {}, unregister() {} };',
    mayBeAbsent: true,
  },
  {
    // One array element for each character, and nobody reads it.
    what: 'counts of characters',
    pattern: /codepoints: \[\.\.\.str\]\.length/g,
    replacement: 'codepoints: str.length',
    mayBeAbsent: true,
  },
  {
    what: 'errors for the component',
    pattern: /(hasOwnProperty\.call\(e, 'payload'\)\)) return e\.payload;/,
    replacement: '$1 return $$meter.failure(e.payload);',
    mayBeAbsent: true,
  },
];

/** What must not be left, and what it would do. */
const REFUSED: readonly { what: string; pattern: RegExp }[] = [
  { what: 'copies memory in an unknown way', pattern: /\.buffer\.slice\(|new TextDecoder|_jsonStringify/ },
  { what: 'reads lists in an unknown way', pattern: /i < len\w*; [^)]*\) \{(?! \$meter)/ },
  { what: 'logs in an unknown way', pattern: /console\.debug|JCO_DEBUG/ },
  // Its callbacks and ticks would run when another request has the thread.
  { what: 'works asynchronously', pattern: /\b(?:isAsync|funcTypeIsAsync|isManualAsync): true/ },
  // The destructor of a resource that the component exports would run then, too.
  { what: 'runs guest code when memory is reclaimed', pattern: /new FinalizationRegistry/ },
];

/** @throws Error when the glue is not of the shape that the rules know */
export function hardenGlue(glue: string): string {
  let hardened = glue;
  for (const { what, pattern, replacement, mayBeAbsent } of RULES) {
    const before = hardened;
    hardened = hardened.replace(pattern, replacement);
    if (hardened === before && mayBeAbsent !== true)
      throw new Error(`the translation has no place for ${what}`);
  }
  for (const { what, pattern } of REFUSED) {
    const found = pattern.exec(hardened);
    if (found !== null) throw new Error(`the translation ${what} (${found[0]})`);
  }
  return hardened;
}
