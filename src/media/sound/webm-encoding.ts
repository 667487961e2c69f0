/** Undoes the content encodings of a Matroska track (RFC 9559, section 5.1.4.1.31). */
import { inflateSync } from 'node:zlib';
import { readChildren, wholeNumber } from './ebml.ts';
import { unsupported, unusable } from './sound-errors.ts';

const ENCODING = 0x6240;
const SCOPE = 0x5032;
const TYPE = 0x5033;
const COMPRESSION = 0x5034;
const ALGORITHM = 0x4254;
const SETTINGS = 0x4255;

const FRAMES = 1;
const COMPRESSED = 0;
const ZLIB = 0;
const HEADER_STRIPPING = 3;

/** Most bytes of an inflated frame; Opus packets are far smaller. */
const MAX_FRAME_BYTES = 65_536;

/** Decodes a stored frame to the codec's frame. @throws SandpiperError `unusable-input` */
export type Unpack = (frame: Uint8Array) => Uint8Array;

/**
 * @param encodings the body of the track's ContentEncodings; undefined if it has none
 * @throws SandpiperError `unsupported-media` for anything but zlib and header stripping, `unusable-input`
 */
export function unpacker(encodings: Uint8Array | undefined): Unpack {
  const encoding = encodings && readChildren(encodings).get(ENCODING);
  if (encoding === undefined) return (frame) => frame;
  const fields = readChildren(encoding);
  if (wholeNumber(fields.get(SCOPE), FRAMES) !== FRAMES || wholeNumber(fields.get(TYPE)) !== COMPRESSED) {
    throw unsupported('A WebM file that is encrypted, or compressed in its headers,');
  }
  const compression = readChildren(fields.get(COMPRESSION) ?? new Uint8Array());
  switch (wholeNumber(compression.get(ALGORITHM), ZLIB)) {
    case ZLIB:
      return inflate;
    case HEADER_STRIPPING: {
      const start = compression.get(SETTINGS) ?? new Uint8Array();
      return (frame) => Buffer.concat([start, frame]);
    }
    default:
      throw unsupported('A WebM file that is compressed by anything but zlib');
  }
}

function inflate(frame: Uint8Array): Uint8Array {
  try {
    return inflateSync(frame, { maxOutputLength: MAX_FRAME_BYTES });
  } catch {
    throw unusable('a block of the WebM file is damaged');
  }
}
