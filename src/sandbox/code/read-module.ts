/** Reads the declarations of a core module from its binary without compiling it. */
import type { CodeLimit } from '../../config/limits.ts';
import { BinaryReader, sectionsOf } from './wasm-binary.ts';
import type { Arity, ModuleTypes } from './measure-function.ts';

export interface DefinedFunction {
  type: number;
  /** Its locals, then its instructions. */
  body: Uint8Array;
}

/** In the order of the module's sections. */
const COUNTED = [
  'types',
  'imports',
  'functions',
  'tags',
  'globals',
  'globalBytes',
  'exports',
  'elementSegments',
  'elementBytes',
  'dataSegments',
] as const satisfies readonly CodeLimit[];

export type ModuleCounts = Record<(typeof COUNTED)[number], number>;

export interface ModuleFacts extends ModuleTypes {
  counts: ModuleCounts;
  defined: readonly DefinedFunction[];
  /** Functions that are imported, whose indices come first. */
  importedFunctions: number;
}

export const SECTION = {
  type: 1,
  import: 2,
  function: 3,
  global: 6,
  export: 7,
  element: 9,
  code: 10,
  data: 11,
  tag: 13,
} as const;

const FUNCTION_TYPE = 0x60;

/**
 * @param check called with each count before the counted items are read; may throw
 * @throws Error if the module cannot be read or declares something that is always refused
 */
export function readModule(
  module: Uint8Array,
  check: (limit: keyof ModuleCounts, count: number) => void,
): ModuleFacts {
  const counts = Object.fromEntries(COUNTED.map((limit) => [limit, 0])) as ModuleCounts;
  const count = (limit: keyof ModuleCounts, more: number): number => {
    check(limit, (counts[limit] += more));
    return more;
  };
  const facts = { counts, types: [] as Arity[], functions: [] as number[], tags: [] as number[] };
  const bodies: Uint8Array[] = [];
  let importedFunctions = 0;
  for (const { id, body } of sectionsOf(module)) {
    const reader = new BinaryReader(body);
    switch (id) {
      case SECTION.type:
        for (let left = count('types', reader.leb()); left > 0; left--) facts.types.push(readType(reader));
        break;
      case SECTION.import:
        for (let left = count('imports', reader.leb()); left > 0; left--) readImport(reader, facts);
        importedFunctions = count('functions', facts.functions.length);
        count('tags', facts.tags.length);
        break;
      case SECTION.function:
        for (let left = count('functions', reader.leb()); left > 0; left--)
          facts.functions.push(reader.leb());
        break;
      case SECTION.tag:
        for (let left = count('tags', reader.leb()); left > 0; left--) facts.tags.push(readTag(reader));
        break;
      case SECTION.global:
        count('globals', reader.leb());
        count('globalBytes', body.length);
        break;
      case SECTION.export:
        count('exports', reader.leb());
        break;
      case SECTION.element:
        count('elementSegments', reader.leb());
        count('elementBytes', body.length);
        break;
      case SECTION.data:
        count('dataSegments', reader.leb());
        break;
      case SECTION.code:
        for (let left = reader.leb(); left > 0; left--) bodies.push(reader.bytes(reader.leb()));
    }
  }
  if (facts.functions.length - importedFunctions !== bodies.length)
    throw new Error('it declares other functions than it has');
  const defined = bodies.map((body, at) => ({ body, type: facts.functions[importedFunctions + at] ?? 0 }));
  return { ...facts, defined, importedFunctions };
}

/**
 * Refuses structs and arrays of WebAssembly GC: they live in the thread's heap, and nothing stops a guest in time that
 * fills it. V8 let one allocate 4 GB under a Worker's resource limit of 256 MB.
 */
function readType(reader: BinaryReader): Arity {
  if (reader.byte() !== FUNCTION_TYPE)
    throw new Error('it declares other types than functions, such as garbage-collected arrays');
  return { params: skipTypes(reader), results: skipTypes(reader) };
}

function skipTypes(reader: BinaryReader): number {
  const count = reader.leb();
  for (let left = count; left > 0; left--) reader.valueType();
  return count;
}

const KIND = { function: 0, table: 1, memory: 2, global: 3, tag: 4 } as const;

function readImport(
  reader: BinaryReader,
  facts: { counts: ModuleCounts; functions: number[]; tags: number[] },
): void {
  reader.skip(reader.leb());
  reader.skip(reader.leb());
  switch (reader.byte()) {
    case KIND.function:
      facts.functions.push(reader.leb());
      return;
    case KIND.table:
      reader.valueType();
      return skipSize(reader);
    case KIND.memory:
      return skipSize(reader);
    case KIND.global:
      reader.valueType();
      reader.skip(1);
      facts.counts.globals += 1;
      return;
    case KIND.tag:
      facts.tags.push(readTag(reader));
      return;
    default:
      throw new Error('it imports something of an unknown kind');
  }
}

function readTag(reader: BinaryReader): number {
  reader.skip(1);
  return reader.leb();
}

function skipSize(reader: BinaryReader): void {
  const flags = reader.byte();
  reader.skipLeb();
  if ((flags & 1) !== 0) reader.skipLeb();
}
