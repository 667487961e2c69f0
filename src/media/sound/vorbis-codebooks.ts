/** Bounds the size of a Vorbis setup's codebooks (Vorbis I specification, section 3.2.1). */
import { unusable } from './sound-errors.ts';

/** Most numbers in all codebooks together; encoders write some sixty thousand. */
const MAX_NUMBERS = 1_000_000;

const SYNC = 0x56_43_42;

/**
 * A few bytes can declare codebooks with millions of entries, which would take the decoder seconds to build.
 *
 * @param setup the packet of the setup header
 * @throws SandpiperError `unusable-input`
 */
export function checkCodebooks(setup: Uint8Array): void {
  const bits = new BitReader(setup.subarray(7));
  let numbers = 0;
  for (let left = bits.read(8) + 1; left > 0; left--) {
    if (bits.read(24) !== SYNC) throw unusable('the Vorbis header is damaged');
    const dimensions = bits.read(16);
    const entries = bits.read(24);
    numbers += entries * Math.max(1, dimensions);
    if (numbers > MAX_NUMBERS) throw unusable('the codebooks of the Vorbis file are too large');
    skipLengths(bits, entries);
    skipLookup(bits, dimensions, entries);
  }
}

function skipLengths(bits: BitReader, entries: number): void {
  if (bits.read(1) === 1) {
    // Ordered: the first length, then the number of entries of each length.
    bits.read(5);
    for (let entry = 0; entry < entries;) entry += bits.read(32 - Math.clz32(entries - entry));
    return;
  }
  const sparse = bits.read(1) === 1;
  for (let entry = 0; entry < entries; entry++) {
    if (!sparse || bits.read(1) === 1) bits.read(5);
  }
}

function skipLookup(bits: BitReader, dimensions: number, entries: number): void {
  const type = bits.read(4);
  if (type === 0) return;
  bits.skip(64);
  const valueBits = bits.read(4) + 1;
  bits.skip(1);
  bits.skip(valueBits * (type === 1 ? rootOf(entries, dimensions) : entries * dimensions));
}

/** The largest integer whose power of `dimensions` does not exceed `entries`. */
function rootOf(entries: number, dimensions: number): number {
  if (dimensions === 0) throw unusable('the Vorbis header is damaged');
  let root = Math.floor(entries ** (1 / dimensions));
  // The power is exact in the relevant range; the root may be off by one.
  while ((root + 1) ** dimensions <= entries) root++;
  while (root ** dimensions > entries) root--;
  return root;
}

/** Reads bit fields, lowest bit first. */
class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** @param count up to 32 */
  read(count: number): number {
    let value = 0;
    for (let bit = 0; bit < count; bit++, this.#at++) {
      const byte = this.#bytes[this.#at >> 3];
      if (byte === undefined) throw unusable('the Vorbis header is cut short');
      value += ((byte >> (this.#at & 7)) & 1) * 2 ** bit;
    }
    return value;
  }

  skip(count: number): void {
    this.#at += count;
  }
}
