/**
 * Checks the sections of a component before it is translated: counts, nesting, and built-ins of the component model.
 *
 * Source: the component model's binary format, whose sections look like those of a core module.
 */
import { CODE_LIMITS, type CodeLimit } from '../../config/limits.ts';
import { BinaryReader, sectionsOf } from '../code/wasm-binary.ts';

const SECTION = { component: 4, canonical: 8, start: 9, value: 12 } as const;

/** Opcodes of definitions in canonical sections. */
const CANON = { lift: 0x00, lower: 0x01, resourceNew: 0x02, resourceDrop: 0x03, resourceRep: 0x04 } as const;

/** Options of lift and lower: those with an index, and those that make calls asynchronous. */
const OPTION = { latin1: 2, memory: 3, realloc: 4, postReturn: 5 } as const;

interface Totals {
  components: number;
  canonicals: number;
}

/** @throws Error that says what is refused; a component that cannot be read is left to the translator's messages */
export function boundComponent(component: Uint8Array): void {
  readComponent(component, { components: 0, canonicals: 0 });
}

function readComponent(component: Uint8Array, totals: Totals): void {
  count(totals, 'components', 1);
  for (const { id, body } of sectionsOf(component)) {
    switch (id) {
      case SECTION.component:
        // The limit on components bounds the recursion.
        readComponent(body, totals);
        break;
      case SECTION.canonical: {
        const reader = new BinaryReader(body);
        for (let left = count(totals, 'canonicals', reader.leb()); left > 0; left--) readCanonical(reader);
        break;
      }
      case SECTION.start:
      case SECTION.value:
        throw new Error('it has values or a start function of the component model, which are not supported');
    }
  }
}

function readCanonical(reader: BinaryReader): void {
  const kind = reader.byte();
  switch (kind) {
    case CANON.lift:
      reader.skip(1);
      reader.skipLeb();
      readOptions(reader);
      return reader.skipLeb();
    case CANON.lower:
      reader.skip(1);
      reader.skipLeb();
      return readOptions(reader);
    case CANON.resourceNew:
    case CANON.resourceDrop:
    case CANON.resourceRep:
      return reader.skipLeb();
    default:
      throw new Error(
        `it uses a built-in for tasks, threads, streams, futures or error contexts (0x${kind.toString(16)}), and runs where there are none: build it without async`,
      );
  }
}

function readOptions(reader: BinaryReader): void {
  for (let left = reader.leb(); left > 0; left--) {
    const option = reader.byte();
    if (option > OPTION.postReturn)
      throw new Error(
        'it calls or is called asynchronously, and runs where there is no such: build it without async',
      );
    if (option > OPTION.latin1) reader.skipLeb();
  }
}

function count(totals: Totals, limit: keyof Totals & CodeLimit, more: number): number {
  totals[limit] += more;
  if (totals[limit] > CODE_LIMITS[limit]) {
    throw new Error(
      `it has ${limit} in number: ${totals[limit]}, over the limit ${limit} of ${CODE_LIMITS[limit]}`,
    );
  }
  return more;
}
