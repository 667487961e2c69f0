/**
 * Bytes in base64. Node 24 has neither Uint8Array.fromBase64 nor toBase64, and what Buffer.from cannot read it leaves
 * out.
 */

/** A character outside the alphabet. Padding is one, too, and is looked at by itself. */
const STRAY = { base64: /[^A-Za-z\d+/]/, base64url: /[^\w-]/ } as const;

/**
 * @returns the bytes in a buffer of their own; undefined for a text that is not in this alphabet, or not whole. White
 *   space is left out, and padding need not be there.
 */
export function decodeBase64(
  text: string,
  alphabet: keyof typeof STRAY = 'base64',
): Uint8Array<ArrayBuffer> | undefined {
  const plain = /\s/.test(text) ? text.replaceAll(/[\t\n\f\r ]/g, '') : text;
  const end = plain.search(STRAY[alphabet]);
  const digits = end < 0 ? plain.length : end;
  const rest = digits % 4;
  const padding = plain.slice(digits);
  const isPadded = rest > 1 && padding === '='.repeat(4 - rest);
  if (rest === 1 || (padding !== '' && !isPadded)) return undefined;
  // Zeros, never memory that held something else.
  const bytes = new Uint8Array(Math.floor((digits * 3) / 4));
  Buffer.from(bytes.buffer).write(plain, 'base64');
  return bytes;
}

export function encodeBase64({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
