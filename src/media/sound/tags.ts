/** Tags before a sound of any format. */

const ID3_BYTES = 10;
const ID3_FOOTER = 0x10;
const APE_BYTES = 32;
const ID3V1_BYTES = 128;

/** Offset after all tags at `from` and the zeros that pad them. */
export function behindTags(bytes: Uint8Array, from = 0): number {
  let at = from;
  for (let size = tagBytes(bytes, at); size > 0; size = tagBytes(bytes, at)) {
    // The size of a tag that exceeds the file is not trusted: sound may follow its header.
    at += at + size > bytes.byteLength ? ID3_BYTES : size;
    while (bytes[at] === 0) at++;
  }
  return Math.min(at, bytes.byteLength);
}

/** Size of the tag at `at`; 0 if there is none. */
function tagBytes(bytes: Uint8Array, at: number): number {
  const head = Buffer.from(bytes.subarray(at, at + APE_BYTES));
  const name = head.toString('latin1', 0, 8);
  if (name.startsWith('ID3') && head.length >= ID3_BYTES) {
    // Seven bits per byte, so that a size cannot look like the beginning of a frame.
    const size = [6, 7, 8, 9].reduce((sum, index) => sum * 128 + ((head[index] ?? 0) & 0x7f), 0);
    return size + ID3_BYTES + ((head[5] ?? 0) & ID3_FOOTER ? ID3_BYTES : 0);
  }
  if (name === 'APETAGEX' && head.length === APE_BYTES) return APE_BYTES + head.readUInt32LE(12);
  return name.startsWith('TAG') ? ID3V1_BYTES : 0;
}
