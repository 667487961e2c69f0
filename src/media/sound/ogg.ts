import { unusable } from './sound-errors.ts';

/** One page of an Ogg file's first logical stream. */
export interface OggPage {
  /** The whole page with its header. */
  raw: Uint8Array;
  /** Packets that end on this page, those that started on earlier pages included; of tags the end alone. */
  packets: Uint8Array[];
  /** Position after the last sample of the page, in the codec's clock; undefined if no packet ends here. */
  granule: bigint | undefined;
  last: boolean;
}

const PAGE_HEADER = 27;
const MAGIC = 'OggS';
const CONTINUED = 1;
const FIRST = 2;
const LAST = 4;

/** Most bytes of a packet, which may span many pages; real ones are far smaller. */
const MAX_PACKET_BYTES = 1 << 20;

/** Index of the packet of tags, in Opus and in Vorbis. It may hold large pictures, so only its end is kept. */
const TAGS_PACKET = 1;

/** The pages of an Ogg file's first logical stream as the file comes; pages of parallel streams are skipped. */
export class OggReader {
  /** The bytes of a page that has not come to its end. */
  #rest: Uint8Array = new Uint8Array();
  #serial: number | undefined;
  #ended = false;
  #before: Uint8Array | undefined;
  /** The number of the page before, once pages of sound have begun. */
  #number: number | undefined;
  /** The parts of a packet that goes on on the next page. */
  #begun: Uint8Array[] = [];
  /** Packets that have ended. */
  #count = 0;

  /** @throws SandpiperError `unusable-input` for a damaged page, or a second sound after the first */
  *push(bytes: Uint8Array): Generator<OggPage> {
    const all = this.#rest.byteLength === 0 ? bytes : new Uint8Array(Buffer.concat([this.#rest, bytes]));
    let at = 0;
    for (let end = this.#endOfPage(all, at); end !== undefined; end = this.#endOfPage(all, at)) {
      const page = this.#read(all.subarray(at, end));
      at = end;
      if (page !== undefined) yield page;
    }
    this.#rest = all.subarray(at);
  }

  /** @throws SandpiperError `unusable-input` within a page */
  end(): void {
    if (this.#rest.byteLength > 0 && !this.#ended) throw unusable('the Ogg file is damaged or cut short');
  }

  /** Undefined as well for what is no page behind the last one, such as tags: it is left out. */
  #endOfPage(bytes: Uint8Array, at: number): number | undefined {
    return this.#ended && !beginsPage(bytes, at) ? undefined : endOfPage(bytes, at);
  }

  #read(raw: Uint8Array): OggPage | undefined {
    // Its number and its position among the bytes: a page that was sent twice, not one that sounds alike.
    if (this.#before !== undefined && Buffer.compare(raw, this.#before) === 0) return undefined;
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    const flags = view.getUint8(5);
    const serial = view.getUint32(14, true);
    if (this.#ended && flags & FIRST) throw unusable('the Ogg file holds several sounds, one after another');
    if (this.#serial === undefined && oggCodec(raw) !== undefined) this.#serial = serial;
    if (serial !== this.#serial) return undefined;
    if (this.#ended) throw unusable('the Ogg file goes on behind its last page');
    this.#before = raw;
    const granule = view.getBigInt64(6, true);
    this.#checkNumber(view.getUint32(18, true), granule);
    if ((flags & CONTINUED) === 0) this.#begun = [];
    this.#ended = (flags & LAST) !== 0;
    return {
      raw,
      packets: this.#packetsOf(raw),
      granule: granule < 0n ? undefined : granule,
      last: this.#ended,
    };
  }

  /**
   * Pages are numbered, so that one that was lost is missed; a recorder that joined late has a gap behind the headers.
   * Numbers that do not rise are a writer's that does not count.
   */
  #checkNumber(number: number, granule: bigint): void {
    if (this.#number !== undefined && number > this.#number + 1) {
      throw unusable(`the Ogg file is damaged: pages are missing before its page ${number}`);
    }
    if (this.#number !== undefined || granule > 0n) this.#number = number;
  }

  #packetsOf(raw: Uint8Array): Uint8Array[] {
    const lacing = lacingOf(raw);
    const packets: Uint8Array[] = [];
    let from = PAGE_HEADER + lacing.byteLength;
    let size = 0;
    for (const lace of lacing) {
      size += lace;
      if (lace === 255) continue;
      packets.push(joined([...this.#begun, raw.subarray(from, from + size)]));
      this.#begun = [];
      this.#count++;
      from += size;
      size = 0;
    }
    if (size > 0 && this.#count !== TAGS_PACKET) this.#begun.push(raw.subarray(from, from + size));
    assertSize(this.#begun);
    return packets;
  }
}

export type OggCodec = 'Ogg Opus' | 'Ogg Vorbis';

/** The codec of the sound that begins on a page: its first packet, which follows the table of sizes, tells. */
export function oggCodec(page: Uint8Array): OggCodec | undefined {
  const at = PAGE_HEADER + (page[PAGE_HEADER - 1] ?? 0);
  const packet = Buffer.from(page.subarray(at, at + 8)).toString('latin1');
  if (packet === 'OpusHead') return 'Ogg Opus';
  return packet.startsWith('\x01vorbis') ? 'Ogg Vorbis' : undefined;
}

/** The codec of the first sound among the streams of a file: all their first pages come before any other. */
export function firstOggCodec(bytes: Uint8Array): OggCodec | undefined {
  for (let at = 0; at + PAGE_HEADER <= bytes.byteLength && beginsPage(bytes, at);) {
    const page = bytes.subarray(at);
    const codec = oggCodec(page);
    if (codec !== undefined) return codec;
    at += PAGE_HEADER + (page[PAGE_HEADER - 1] ?? 0) + bodyBytes(page);
  }
  return undefined;
}

/** The table of the sizes of a page's packets. */
function lacingOf(page: Uint8Array): Uint8Array {
  return page.subarray(PAGE_HEADER, PAGE_HEADER + (page[PAGE_HEADER - 1] as number));
}

function bodyBytes(page: Uint8Array): number {
  return lacingOf(page).reduce((sum, part) => sum + part, 0);
}

/** Whether a page begins at a byte, as far as the bytes have come. */
function beginsPage(bytes: Uint8Array, at: number): boolean {
  return MAGIC.startsWith(Buffer.from(bytes.subarray(at, at + MAGIC.length)).toString('latin1'));
}

/** Where the page that begins at a byte ends; undefined if not all of it has come. */
function endOfPage(bytes: Uint8Array, at: number): number | undefined {
  const page = bytes.subarray(at);
  if (page.byteLength < PAGE_HEADER) return undefined;
  const view = new DataView(page.buffer, page.byteOffset, PAGE_HEADER);
  if (!beginsPage(bytes, at) || view.getUint8(4) !== 0)
    throw unusable('the Ogg file is damaged or cut short');
  const size = PAGE_HEADER + view.getUint8(PAGE_HEADER - 1) + bodyBytes(page);
  return size > page.byteLength ? undefined : at + size;
}

function joined(parts: Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  assertSize(parts);
  return new Uint8Array(Buffer.concat(parts));
}

/** @throws SandpiperError `unusable-input` */
function assertSize(parts: readonly Uint8Array[]): void {
  const size = parts.reduce((sum, part) => sum + part.byteLength, 0);
  if (size > MAX_PACKET_BYTES) throw unusable('a packet of the Ogg file is too large');
}
