/** The frames of one block of Matroska (RFC 9559, section 10.3): one, or several laced together. */
import { readVint } from './ebml.ts';
import { unusable } from './sound-errors.ts';

const LACING = 0x06;
const XIPH = 0x02;
const FIXED = 0x04;

/**
 * @param block the block's bytes after its flags
 * @throws SandpiperError `unusable-input`
 */
export function lacedFrames(block: Uint8Array, flags: number): Uint8Array[] {
  const lacing = flags & LACING;
  if (lacing === 0) return [block];
  const count = (block[0] ?? 0) + 1;
  const { sizes, next } =
    lacing === XIPH
      ? xiphSizes(block, count)
      : lacing === FIXED
        ? { sizes: Array<number>(count - 1).fill(Math.floor((block.byteLength - 1) / count)), next: 1 }
        : ebmlSizes(block, count);
  const frames: Uint8Array[] = [];
  let at = next;
  for (const size of sizes) {
    frames.push(block.subarray(at, at + size));
    at += size;
  }
  // The last frame takes the rest.
  const last = block.byteLength - at;
  frames.push(block.subarray(at));
  const uneven = lacing === FIXED && last !== (sizes[0] ?? last);
  if (last <= 0 || uneven || sizes.some((size) => size <= 0)) throw damaged();
  return frames;
}

interface LacedSizes {
  sizes: number[];
  next: number;
}

/** Each size is the sum of its bytes, up to the first that is not 255. */
function xiphSizes(block: Uint8Array, count: number): LacedSizes {
  const sizes: number[] = [];
  let next = 1;
  while (sizes.length < count - 1) {
    let size = 0;
    let byte: number | undefined;
    do {
      byte = block[next++];
      if (byte === undefined) throw damaged();
      size += byte;
    } while (byte === 255);
    sizes.push(size);
  }
  return { sizes, next };
}

/** The first size is absolute, the others are differences to the previous one. */
function ebmlSizes(block: Uint8Array, count: number): LacedSizes {
  const sizes: number[] = [];
  let next = 1;
  let size = 0;
  while (sizes.length < count - 1) {
    const number = readVint(block, next);
    const bytes = number.next - next;
    size = sizes.length === 0 ? number.value : size + number.value - (2 ** (7 * bytes - 1) - 1);
    sizes.push(size);
    next = number.next;
  }
  return { sizes, next };
}

function damaged(): Error {
  return unusable('a block of the WebM file is damaged');
}
