import { unusable } from './refusals.ts';

/** One page of an Ogg file's first logical stream. */
export interface OggPage {
  /** The whole page with its header. */
  raw: Uint8Array;
  /** Packets that end on this page, those that started on earlier pages included. */
  packets: Uint8Array[];
  /** Position after the last sample of the page, in the codec's clock; undefined if no packet ends here. */
  granule: bigint | undefined;
  last: boolean;
}

const PAGE_HEADER = 27;
const CONTINUED = 1;
const FIRST = 2;
const LAST = 4;

/** Most bytes of a packet, which may span many pages; real ones are far smaller. */
const MOST_PACKET_BYTES = 1 << 20;

/**
 * Yields the pages of the first logical stream; pages of parallel streams are skipped.
 *
 * @throws SandpiperError `unusable-input` for a damaged or truncated page, or a second sound after the first
 */
export function* oggPages(bytes: Uint8Array): Generator<OggPage> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let serial: number | undefined;
  let ended = false;
  let begun: Uint8Array[] = [];
  for (let at = 0; at < bytes.byteLength;) {
    if (
      at + PAGE_HEADER > bytes.byteLength ||
      view.getUint32(at) !== 0x4f676753 ||
      view.getUint8(at + 4) !== 0
    ) {
      throw unusable('the Ogg file is damaged or cut short');
    }
    const flags = view.getUint8(at + 5);
    const lacing = bytes.subarray(at + PAGE_HEADER, at + PAGE_HEADER + view.getUint8(at + 26));
    const start = at + PAGE_HEADER + lacing.byteLength;
    const end = start + lacing.reduce((sum, size) => sum + size, 0);
    if (end > bytes.byteLength) throw unusable('the Ogg file is cut short');
    const pageSerial = view.getUint32(at + 14, true);
    serial ??= pageSerial;
    if (ended && flags & FIRST) throw unusable('the Ogg file holds several sounds, one after another');
    if (pageSerial === serial) {
      const packets: Uint8Array[] = [];
      let from = start;
      let size = 0;
      if ((flags & CONTINUED) === 0) begun = [];
      for (const lace of lacing) {
        size += lace;
        if (lace === 255) continue;
        packets.push(joined([...begun, bytes.subarray(from, from + size)]));
        begun = [];
        from += size;
        size = 0;
      }
      if (size > 0) begun.push(bytes.subarray(from, from + size));
      ended = (flags & LAST) !== 0;
      const granule = view.getBigInt64(at + 6, true);
      yield {
        raw: bytes.subarray(at, end),
        packets,
        granule: granule < 0n ? undefined : granule,
        last: ended,
      };
    }
    at = end;
  }
}

function joined(parts: Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const size = parts.reduce((sum, part) => sum + part.byteLength, 0);
  if (size > MOST_PACKET_BYTES) throw unusable('a packet of the Ogg file is too large');
  return new Uint8Array(Buffer.concat(parts));
}
