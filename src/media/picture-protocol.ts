/**
 * Between the service and a process that decodes pictures: frames over its standard input and output. A frame is
 * the lengths of a header and of a body, both 32 bits little-endian, then the header in JSON, then the body.
 */
import type { Readable, Writable } from 'node:stream';
import type { PlainError } from '../errors.ts';
import type { Picture } from './decode-pixels.ts';
import type { PlacedPicture } from './decode-placed.ts';
import type { PictureInput } from './picture-input.ts';
import type { PlacedInput } from './placed-input.ts';
import type { PictureFormat } from './picture/picture-format.ts';
import type { PictureLimits } from './picture/picture-limits.ts';

/** To the process: decode the body. */
export type PictureRequest = { format: PictureFormat; limits: PictureLimits } & PictureWish;

export type PictureWish = { kind: 'fixed'; want: PictureInput } | { kind: 'placed'; want: PlacedInput };

/** From the process: once that it runs, then one answer for every request. */
export type PictureReply =
  | { kind: 'ready' }
  /**
   * The body holds the pixels of the wanted picture, and behind them those that are kept beside it.
   * @property last the process ends now, since it has grown
   */
  | { kind: 'decoded'; last: boolean; picture: PictureFacts }
  | { kind: 'failed'; last: boolean; error: PlainError };

export type PictureFacts = Omit<Picture & Partial<PlacedPicture>, 'pixels' | 'kept'> & {
  kept?: Omit<NonNullable<PlacedPicture['kept']>, 'pixels'>;
};

const LENGTHS_BYTES = 8;
const MAX_HEADER_BYTES = 65_536;

/** Sends a frame, which {@link onFrames} reads on the other side. The body is not copied: it must not change until it is sent. */
export function frame(header: PictureRequest | PictureReply, ...bodies: Uint8Array[]): Uint8Array[] {
  const text = Buffer.from(JSON.stringify(header));
  const lengths = Buffer.alloc(LENGTHS_BYTES);
  lengths.writeUInt32LE(text.length, 0);
  lengths.writeUInt32LE(
    bodies.reduce((sum, { length }) => sum + length, 0),
    4,
  );
  return [Buffer.concat([lengths, text]), ...bodies];
}

export function writeFrame(stream: Writable, ...[header, ...bodies]: Parameters<typeof frame>): void {
  for (const part of frame(header, ...bodies)) if (part.length > 0) stream.write(part);
}

/** @param onBroken the other side sends what is no frame, or a body of more than `mostBytes` */
export function onFrames(
  stream: Readable,
  mostBytes: number,
  onFrame: (header: unknown, body: Buffer) => void,
  onBroken: () => void,
): void {
  let chunks: Buffer[] = [];
  let [have, need] = [0, LENGTHS_BYTES];
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    have += chunk.length;
    while (have >= need) {
      const all = Buffer.concat(chunks);
      chunks = [all];
      const [headerBytes, bodyBytes] = [all.readUInt32LE(0), all.readUInt32LE(4)];
      if (headerBytes > MAX_HEADER_BYTES || bodyBytes > mostBytes) return onBroken();
      const bodyAt = LENGTHS_BYTES + headerBytes;
      need = bodyAt + bodyBytes;
      if (have < need) return;
      const header = maybeJson(all.toString('utf8', LENGTHS_BYTES, bodyAt));
      if (header === undefined) return onBroken();
      onFrame(header, all.subarray(bodyAt, need));
      chunks = have > need ? [all.subarray(need)] : [];
      have -= need;
      need = LENGTHS_BYTES;
    }
  });
}

function maybeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
