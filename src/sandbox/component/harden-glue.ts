/**
 * Hardens the translator's glue against hostile components.
 *
 * Unhardened glue copies whatever lengths a component states: one string of 16 MiB in a list a million times becomes a
 * million strings, and a list that reaches past the end of memory is silently truncated. Here every byte and element
 * that leaves the sandbox is first counted by a {@link CrossingMeter}, and a list beyond its memory is a trap. The debug
 * log, which reads the environment at every step, is removed. Glue of an unknown shape is refused.
 */

interface Rule {
  what: string;
  pattern: RegExp;
  replacement: string;
  /** Glue of a component that lifts nothing of the kind does not match the others. */
  mustMatch?: true;
}

const RULES: readonly Rule[] = [
  {
    what: 'the entry point',
    pattern: /^export function instantiate\(getCoreModule, imports, [^\n]*\{$/m,
    replacement: '$&\n  const $$meter = imports.$$meter;',
    mustMatch: true,
  },
  {
    what: 'the debug log',
    pattern: /const _debugLog = \(\.\.\.args\) => \{[^}]*\}\s*console\.debug\(\.\.\.args\);\s*\};/,
    replacement: 'const _debugLog = () => {};',
  },
  {
    what: 'text decoders',
    pattern: /new TextDecoder\(/g,
    replacement: '$$meter.decoder(',
  },
  {
    what: 'copies of lists',
    pattern: /\b(memory\d+)\.buffer\.slice\(/g,
    replacement: '$$meter.copy($1.buffer, ',
  },
  {
    what: 'lists element by element',
    pattern: /for \((?:let|var) i = 0; i < len\d*; i\+\+\) \{/g,
    replacement: '$& $$meter.element();',
  },
  {
    what: 'imported functions',
    pattern: /const _trampoline\d+ = function\([^)]*\) \{/g,
    replacement: '$& $$meter.beginImport();',
  },
  {
    what: 'calls of imported functions',
    pattern: /const res = importFn\(\.\.\.params\);/,
    replacement: 'const res = $$meter.call(importFn, params);',
  },
  {
    what: 'drops of resources',
    pattern: /function trampoline(\d+)\(handle\) \{/g,
    replacement:
      'const trampoline$1 = (handle) => $$meter.call(drop$1, [handle]);\n  function drop$1(handle) { $$meter.beginImport();',
  },
  {
    // Unhardened, an index beyond the table counts as a handle and enters the free list.
    what: 'handles that are dropped or given away',
    pattern: /if \(val === 0 \|\| \(scope & T_FLAG\) !== 0\) \{/,
    replacement: 'if (!(handle > 0 && val > 0) || (scope & T_FLAG) !== 0) {',
  },
  {
    what: 'handles that are used, of which two numbers would mean one',
    pattern: /(handleTable\d+)\[\((handle\d*) << 1\) \+ 1\]/g,
    replacement: '$1[($2 >>> 0) * 2 + 1]',
  },
  {
    what: 'handles that one component of a composition uses of another, the same',
    pattern: /if \(rep === 0 \|\| \(scope & T_FLAG\) !== 0\) \{/,
    replacement: 'if (!(handle > 0) || rep === 0 || (scope & T_FLAG) !== 0) {',
  },
  {
    // A component makes handles of its own resources without calling the host.
    what: 'growing tables of handles',
    pattern: /if \(free === 0\) \{(?=\s*table\.push\()/g,
    replacement: '$& $$meter.growHandles(table.length / 2);',
  },
  {
    // The destructor would run during a later request. What is left is freed with the instance.
    what: 'destructors of resources that a composed component gives another',
    pattern: /return new FinalizationRegistry\(unregister\);/,
    replacement: 'return { register() {}, unregister() {} };',
  },
  {
    // One array element per character, never read.
    what: 'counts of characters',
    pattern: /codepoints: \[\.\.\.str\]\.length/g,
    replacement: 'codepoints: str.length',
  },
  {
    what: 'errors for the component',
    pattern: /(hasOwnProperty\.call\(e, 'payload'\)\)) return e\.payload;/,
    replacement: '$1 return $$meter.failure(e.payload);',
  },
];

/** Patterns that must not remain, and what they would do. */
const REFUSED: readonly { what: string; pattern: RegExp }[] = [
  { what: 'copies memory in an unknown way', pattern: /\.buffer\.slice\(|new TextDecoder|_jsonStringify/ },
  { what: 'reads lists in an unknown way', pattern: /i < len\w*; [^)]*\) \{(?! \$meter)/ },
  { what: 'logs in an unknown way', pattern: /console\.debug|JCO_DEBUG/ },
  // Its callbacks would run during a later request.
  { what: 'works asynchronously', pattern: /\b(?:isAsync|funcTypeIsAsync|isManualAsync): true/ },
  // Destructors of exported resources would run during a later request.
  { what: 'runs guest code when memory is reclaimed', pattern: /new FinalizationRegistry/ },
];

/** @throws Error if the glue does not have the shape that the rules expect */
export function hardenGlue(glue: string): string {
  let hardened = glue;
  for (const { what, pattern, replacement, mustMatch } of RULES) {
    const before = hardened;
    hardened = hardened.replace(pattern, replacement);
    if (hardened === before && mustMatch === true)
      throw new Error(`the translation has no place for ${what}`);
  }
  for (const { what, pattern } of REFUSED) {
    const found = pattern.exec(hardened);
    if (found !== null) throw new Error(`the translation ${what} (${found[0]})`);
  }
  return hardened;
}
