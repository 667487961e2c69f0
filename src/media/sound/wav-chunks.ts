/** The chunks of a WAV file, and what may follow its samples. */
import { unusable } from './sound-errors.ts';
import { behindTags } from './tags.ts';
import type { WavFormat } from './wav-format.ts';

export const CHUNK_BYTES = 8;

const CHUNK_ID = /^[\w ]{4}$/;

/** Shorter than this is no sound: an incomplete upload's rest, or padding. In seconds. */
const MIN_SOUND = 0.1;

export function chunkId(bytes: Uint8Array, at: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', at, at + 4);
}

export function isChunk(bytes: Uint8Array, at: number): boolean {
  return at + CHUNK_BYTES <= bytes.byteLength && CHUNK_ID.test(chunkId(bytes, at));
}

/** Where the next chunk begins: one of odd size is padded by a zero, which some writers forget. */
export function behindChunk(bytes: Uint8Array, end: number, size: number): number {
  return size % 2 === 1 && !isChunk(bytes, end) ? end + 1 : end;
}

/**
 * Holds what follows the samples against what may: chunks, tags and padding. Where a recorder was cut off after it had
 * written a size, or files were joined, more sound follows, which players leave out.
 *
 * @param behind its first bytes, or all
 * @param length of all that follows, in bytes
 * @throws SandpiperError `unusable-input`
 */
export function checkBehind(behind: Uint8Array, length: number, format: WavFormat, step?: () => void): void {
  let at = 0;
  while (isChunk(behind, at)) {
    const id = chunkId(behind, at);
    const size = new DataView(behind.buffer, behind.byteOffset).getUint32(at + 4, true);
    if (/^(RIFF|RF64|BW64)$/.test(id) || (id === 'data' && size > 0)) {
      throw unusable('the WAV file holds several sounds, one after another');
    }
    at = behindChunk(behind, at + CHUNK_BYTES + size, size);
    step?.();
  }
  const rest = behind.subarray(at);
  const bytesPerSecond = (format.sampleRate * format.channels * format.bits) / 8;
  if (rest.byteLength === 0 || length - at < bytesPerSecond * MIN_SOUND || isTag(rest)) return;
  if (length === behind.byteLength && rest.every((byte) => byte === rest[0])) return;
  throw unusable(
    `the header of the WAV file says where its samples end, and ${length - at} bytes that may be more of them follow`,
  );
}

function isTag(bytes: Uint8Array): boolean {
  return behindTags(bytes) > 0 || Buffer.from(bytes.subarray(0, 11)).toString('latin1') === 'LYRICSBEGIN';
}
