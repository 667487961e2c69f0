/**
 * Makes a core module import the memory that it defines, so that the host can give one memory to several instances, one
 * after the other (recycled-memories.ts).
 * The import takes as many bytes as the memory section did: the code stays where a source map says.
 */
import { BinaryReader, leb, nameBytes, PREAMBLE_BYTES, section, sectionsOf } from '../code/wasm-binary.ts';
import { MEMORY_IMPORT, type ImportedMemory } from '../guest-protocol.ts';

/** A larger memory takes longer to zero than a fresh one takes for what is used of it. */
const MAX_PAGES = 32;

const SECTION = { import: 2, memory: 5 } as const;
const MEMORY_KIND = 2;
/** The body of a section without entries. */
const NO_ENTRIES = Uint8Array.of(0);

/**
 * @param module whose memories have a maximum
 * @returns the module as it is, without a memory, where it defines none, several, or a large one
 */
export function importMemory(module: Uint8Array<ArrayBuffer>): {
  bytes: Uint8Array<ArrayBuffer>;
  memory?: ImportedMemory;
} {
  const sections = sectionsOf(module);
  const memory = soleMemory(sections.find(({ id }) => id === SECTION.memory)?.body);
  if (memory === undefined || memory.initial > MAX_PAGES) return { bytes: module };
  const known = sections.find(({ id }) => id === SECTION.import)?.body ?? NO_ENTRIES;
  const reader = new BinaryReader(known);
  const count = reader.leb();
  // Behind all others: imported memories come before defined ones, so that its index stays what it was.
  const body = [
    Uint8Array.from(leb(count + 1)),
    known.subarray(reader.offset),
    Uint8Array.from([...nameBytes(MEMORY_IMPORT.module), ...nameBytes(MEMORY_IMPORT.name), MEMORY_KIND, 1]),
    Uint8Array.from([...leb(memory.initial), ...leb(memory.maximum)]),
  ];
  const imports = section(SECTION.import, Buffer.concat(body));
  const at = sections.findIndex(({ id }) => id >= SECTION.import);
  const parts = sections.flatMap(({ id, whole }, index) => [
    ...(index === at ? [imports] : []),
    ...(id === SECTION.import || id === SECTION.memory ? [] : [whole]),
  ]);
  return {
    bytes: new Uint8Array(Buffer.concat([module.subarray(0, PREAMBLE_BYTES), ...parts])),
    memory,
  };
}

function soleMemory(body: Uint8Array | undefined): ImportedMemory | undefined {
  if (body === undefined) return undefined;
  const reader = new BinaryReader(body);
  if (reader.leb() !== 1 || reader.byte() !== 1) return undefined;
  return { initial: reader.leb(), maximum: reader.leb() };
}
