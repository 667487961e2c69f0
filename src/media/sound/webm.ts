import { hasHead, readChildren, readElement, readVint, wholeNumber } from './ebml.ts';
import { unusable } from './sound-errors.ts';
import { type Unpack, unpacker } from './webm-encoding.ts';
import { lacedFrames } from './webm-lacing.ts';

/** The first audio track of a WebM or Matroska file. */
export interface WebmTrack {
  number: number;
  codec: string;
  /** The codec's own header. */
  setup: Uint8Array;
  unpack: Unpack;
}

const SEGMENT = 0x18538067;
const CLUSTER = 0x1f43b675;
const TRACKS = 0x1654ae6b;
const TRACK_ENTRY = 0xae;
const BLOCK_GROUP = 0xa0;
const TRACK_NUMBER = 0xd7;
const TRACK_TYPE = 0x83;
const CODEC_ID = 0x86;
const CODEC_PRIVATE = 0x63a2;
const SIMPLE_BLOCK = 0xa3;
const BLOCK = 0xa1;
const DISCARD_PADDING = 0x75a2;
const CONTENT_ENCODINGS = 0x6d80;

/** Padding. At the top level of a file there are only this element and those whose ids have four bytes. */
const VOID = 0xec;

const AUDIO = 2;

/** Most bytes of an element of a file that is read as it comes: a block of sound has some hundred. */
const MAX_ELEMENT_BYTES = 1 << 20;

/** Elements whose children are read as if they were the parent's. */
const CONTAINERS = new Set([SEGMENT, CLUSTER, TRACKS, BLOCK_GROUP]);

/** Frames that were stored together. */
export interface WebmBlock {
  track: WebmTrack;
  frames: Uint8Array[];
  /** Padding that the encoder added at their end, in nanoseconds. */
  padding: number;
}

/** The blocks of the first audio track as a file comes, each one block late: its padding stands behind it. */
export class WebmReader {
  #track: WebmTrack | undefined;
  #block: WebmBlock | undefined;
  #rest: Uint8Array = new Uint8Array();
  /** Bytes that are read. */
  #passed = 0;
  /** The end of the segment, where its size is known, or of what comes behind it and belongs to it all the same. */
  #end = Infinity;
  readonly #mostElementBytes: number;

  /** @param mostElementBytes of a file that is here as a whole: Infinity */
  constructor(mostElementBytes = MAX_ELEMENT_BYTES) {
    this.#mostElementBytes = mostElementBytes;
  }

  get hasSound(): boolean {
    return this.#track !== undefined;
  }

  /** Whether an element has begun and not ended. */
  get isCutShort(): boolean {
    return this.#rest.byteLength > 0;
  }

  /** Blocks that the next bytes complete; lazily, since a hostile file may have millions. @throws SandpiperError */
  *push(bytes: Uint8Array): Generator<WebmBlock> {
    const all = this.#rest.byteLength === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let at = 0;
    while (hasHead(all, at) && !this.#isBehind(all, at)) {
      const { id, start, end } = readElement(all, at);
      if (id === SEGMENT || this.#passed + at >= this.#end) this.#end = this.#passed + (end ?? Infinity);
      // Live recordings have unknown sizes here, so that the size is not used.
      const inside = CONTAINERS.has(id);
      if (!inside && (end === undefined || end - start > this.#mostElementBytes))
        throw unusable('an element of the WebM file is too large');
      if (!inside && (end ?? 0) > all.byteLength) break;
      const whole = inside ? undefined : this.#take(id, all.subarray(start, end));
      if (whole !== undefined) yield whole;
      at = inside ? start : (end ?? start);
    }
    this.#rest = this.#isBehind(all, at) ? new Uint8Array() : all.subarray(at);
    this.#passed += all.byteLength - this.#rest.byteLength;
  }

  /** Whether what comes at a byte is behind the file and no other one, nor an element that its segment's size leaves out. */
  #isBehind(all: Uint8Array, at: number): boolean {
    const first = all[at];
    return first !== undefined && this.#passed + at >= this.#end && first >> 4 !== 1 && first !== VOID;
  }

  /** The last one. */
  end(): WebmBlock | undefined {
    return this.#block;
  }

  #take(id: number, body: Uint8Array): WebmBlock | undefined {
    if (id === TRACK_ENTRY) this.#track ??= maybeAudioTrack(body);
    if (id === DISCARD_PADDING && this.#block !== undefined) this.#block.padding = paddingOf(body);
    if ((id !== SIMPLE_BLOCK && id !== BLOCK) || this.#track === undefined) return undefined;
    const before = this.#block;
    this.#block = maybeBlock(body.slice(), this.#track);
    return before;
  }
}

/** Undefined for a block of another track. */
function maybeBlock(body: Uint8Array, track: WebmTrack): WebmBlock | undefined {
  const number = readVint(body, 0);
  if (number.value !== track.number) return undefined;
  // Two bytes of time stamp are between the number and the flags.
  const flags = body[number.next + 2] ?? 0;
  const frames = lacedFrames(body.subarray(number.next + 3), flags).map(track.unpack);
  return { track, frames, padding: 0 };
}

/** A signed number; a negative one is padding at the beginning, which the codec's header states too. */
function paddingOf(body: Uint8Array): number {
  return (body[0] ?? 0) < 0x80 ? wholeNumber(body) : 0;
}

function maybeAudioTrack(body: Uint8Array): WebmTrack | undefined {
  const found = readChildren(body);
  if (wholeNumber(found.get(TRACK_TYPE)) !== AUDIO) return undefined;
  return {
    number: wholeNumber(found.get(TRACK_NUMBER)),
    codec: Buffer.from(found.get(CODEC_ID) ?? []).toString('latin1'),
    setup: found.get(CODEC_PRIVATE) ?? new Uint8Array(),
    unpack: unpacker(found.get(CONTENT_ENCODINGS)),
  };
}
