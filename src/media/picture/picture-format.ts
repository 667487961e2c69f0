/** Container formats that a {@link PictureDecoder} accepts, by the name that clients see. */
export type PictureFormat = 'JPEG' | 'PNG' | 'WebP' | 'AVIF' | 'GIF' | 'TIFF';

/** The list for error messages. */
export const ACCEPTED_PICTURES = 'JPEG, PNG, WebP, AVIF, GIF or TIFF';

/**
 * The format of a picture by its first bytes, ignoring the client's Content-Type; undefined if it is not accepted.
 * Files of other formats reach no decoder.
 */
export function maybePictureFormat(bytes: Uint8Array): PictureFormat | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 64)).toString('latin1');
  if (head.startsWith('\xff\xd8\xff')) return 'JPEG';
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'PNG';
  if (head.startsWith('GIF87a') || head.startsWith('GIF89a')) return 'GIF';
  if (head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP') return 'WebP';
  if (/^(II[*+]\0|MM\0[*+])/.test(head)) return 'TIFF';
  if (isAvif(head)) return 'AVIF';
  return undefined;
}

/** Whether an ISO media file has an AVIF brand; HEIC files have the same box with other brands. */
function isAvif(head: string): boolean {
  if (head.slice(4, 8) !== 'ftyp') return false;
  const size = head.charCodeAt(2) * 256 + head.charCodeAt(3);
  const brands = head.slice(8, Math.min(size, head.length));
  for (let at = 0; at < brands.length; at += 4) {
    if (at !== 4 && /^avi[fs]$/.test(brands.slice(at, at + 4))) return true;
  }
  return false;
}
