import { OpusDecoder } from 'opus-decoder';
import type { MonoSink } from './mono-sink.ts';
import { unsupported, unusable } from './sound-errors.ts';
import { OggReader } from './ogg.ts';
import { WebmReader, webmBlocks, type WebmBlock } from './webm.ts';

/** Rates that Opus can decode to; positions in its containers always count at 48 kHz. */
const RATES = [8_000, 12_000, 16_000, 24_000, 48_000] as const;
const CLOCK = 48_000;

/** Samples per channel of the longest packet, 120 ms, at 48 kHz. */
const MAX_PACKET = 5_760;

/** An Opus header (RFC 7845, section 5.1). */
interface OpusHead {
  channels: number;
  /** Samples at 48 kHz to drop at the beginning, while the decoder converges. */
  preSkip: number;
  /** Factor of every sample. */
  gain: number;
  streamCount: number;
  coupledStreamCount: number;
  channelMappingTable: number[];
}

/** @throws SandpiperError `unusable-input` */
export async function decodeOggOpus(bytes: Uint8Array, sampleRate: number, sink: MonoSink): Promise<void> {
  const ogg = new LiveOggOpus(sampleRate, sink);
  try {
    await ogg.push(bytes);
    ogg.end();
  } finally {
    ogg.free();
  }
}

/** @throws SandpiperError `unsupported-media` if its sound is not Opus, `unusable-input` */
export async function decodeWebm(bytes: Uint8Array, sampleRate: number, sink: MonoSink): Promise<void> {
  const webm = new LiveWebm(sampleRate, sink);
  try {
    for (const block of webmBlocks(bytes)) await webm.decode(block);
  } finally {
    webm.free();
  }
}

function readHead(packet: Uint8Array): OpusHead {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  if (packet.byteLength < 19 || view.getUint8(8) >> 4 !== 0) throw unusable('the Opus header is damaged');
  const channels = view.getUint8(9);
  const mapped = view.getUint8(18) !== 0;
  if (channels < 1 || channels > (mapped ? 8 : 2) || (mapped && packet.byteLength < 21 + channels)) {
    throw unusable('the Opus header is damaged');
  }
  const streamCount = mapped ? view.getUint8(19) : 1;
  const coupledStreamCount = mapped ? view.getUint8(20) : channels - 1;
  // Every stream is decoded, even if no channel uses it.
  if (streamCount < 1 || coupledStreamCount > streamCount || streamCount + coupledStreamCount > channels) {
    throw unusable(`its Opus header has ${streamCount} streams for ${channels} channels`);
  }
  return {
    channels,
    preSkip: view.getUint16(10, true),
    gain: 10 ** (view.getInt16(16, true) / (20 * 256)),
    streamCount,
    coupledStreamCount,
    channelMappingTable: mapped ? [...packet.subarray(21, 21 + channels)] : [0, 1].slice(0, channels),
  };
}

/** An Ogg file of Opus as it comes. */
export class LiveOggOpus {
  readonly #reader = new OggReader();
  readonly #rate: number;
  readonly #sink: MonoSink;
  #stream: OpusStream | undefined;
  #headers = 0;

  constructor(sampleRate: number, sink: MonoSink) {
    this.#rate = sampleRate;
    this.#sink = sink;
  }

  /** @throws SandpiperError `unusable-input` */
  async push(bytes: Uint8Array): Promise<void> {
    for (const page of this.#reader.push(bytes)) {
      for (const packet of page.packets) {
        this.#headers++;
        if (this.#headers === 1)
          this.#stream = await OpusStream.open(readHead(packet), this.#rate, this.#sink);
        // The second packet holds the tags.
        else if (this.#headers > 2) this.#stream?.decode(packet);
      }
      // The last page counts fewer samples than its packets have if the sound ends within one.
      this.#stream?.flush({ granule: page.last ? page.granule : undefined });
    }
  }

  end(): void {
    this.#reader.end();
    this.free();
  }

  free(): void {
    this.#stream?.free();
  }
}

/** A WebM file as it comes. */
export class LiveWebm {
  readonly #reader = new WebmReader();
  readonly #rate: number;
  readonly #sink: MonoSink;
  #stream: OpusStream | undefined;

  constructor(sampleRate: number, sink: MonoSink) {
    this.#rate = sampleRate;
    this.#sink = sink;
  }

  /** @throws SandpiperError `unsupported-media`, `unusable-input` */
  async push(bytes: Uint8Array): Promise<void> {
    for (const block of this.#reader.push(bytes)) await this.decode(block);
  }

  async end(): Promise<void> {
    const last = this.#reader.end();
    if (!this.#reader.hasSound) throw unusable('the WebM file has no sound');
    if (last !== undefined) await this.decode(last);
    this.free();
  }

  free(): void {
    this.#stream?.free();
  }

  async decode({ track, frames, padding }: WebmBlock): Promise<void> {
    if (track.codec !== 'A_OPUS') throw unsupported('A WebM file whose sound is not Opus');
    this.#stream ??= await OpusStream.open(readHead(track.setup), this.#rate, this.#sink);
    for (const frame of frames) this.#stream.decode(frame);
    this.#stream.flush({ padding });
  }
}

class OpusStream {
  readonly #decoder: OpusDecoder<(typeof RATES)[number]>;
  readonly #head: OpusHead;
  readonly #rate: number;
  readonly #sink: MonoSink;
  /** Decoded samples of one page or frame that are not yet written. */
  #pending: Float32Array[][] = [];
  #skip: number;

  static async open(head: OpusHead, sampleRate: number, sink: MonoSink): Promise<OpusStream> {
    const rate = RATES.find((native) => native === sampleRate) ?? CLOCK;
    sink.begin({ sampleRate: rate, channels: head.channels });
    const { channels, streamCount, coupledStreamCount, channelMappingTable } = head;
    const decoder = new OpusDecoder({
      sampleRate: rate,
      channels,
      streamCount,
      coupledStreamCount,
      channelMappingTable,
    });
    await decoder.ready;
    return new OpusStream(decoder, head, rate, sink);
  }

  private constructor(
    decoder: OpusDecoder<(typeof RATES)[number]>,
    head: OpusHead,
    rate: number,
    sink: MonoSink,
  ) {
    this.#decoder = decoder;
    this.#head = head;
    this.#rate = rate;
    this.#sink = sink;
    this.#skip = Math.round((head.preSkip * rate) / CLOCK);
  }

  decode(packet: Uint8Array): void {
    const { channelData, samplesDecoded, errors } = this.#decoder.decodeFrame(packet);
    if (errors.length > 0 || samplesDecoded === 0 || samplesDecoded > MAX_PACKET) {
      throw unusable('an Opus packet is damaged');
    }
    const skipped = Math.min(this.#skip, samplesDecoded);
    this.#skip -= skipped;
    const { gain } = this.#head;
    this.#pending.push(
      channelData.map((channel) => {
        const kept = channel.subarray(skipped);
        return gain === 1 ? kept : kept.map((sample) => sample * gain);
      }),
    );
  }

  /**
   * Writes the decoded samples. The sound ends at the position `granule`, pre-skip included, or `padding` nanoseconds
   * before the end of the decoded samples.
   */
  flush({ granule, padding = 0 }: { granule?: bigint | undefined; padding?: number }): void {
    const decoded = this.#pending.reduce((sum, [first]) => sum + (first?.length ?? 0), this.#sink.received);
    const stated = granule === undefined ? Infinity : Number(granule) - this.#head.preSkip;
    const limit = Math.round((stated * this.#rate) / CLOCK);
    const end = Math.min(
      // An end before what was there already is none: the writer left the position out.
      limit < this.#sink.received ? Infinity : limit,
      decoded - Math.round((padding * this.#rate) / 1e9),
    );
    for (const channels of this.#pending) {
      const left = Math.max(0, end - this.#sink.received);
      this.#sink.write(channels.map((channel) => channel.subarray(0, left)));
    }
    this.#pending = [];
  }

  free(): void {
    this.#decoder.free();
  }
}
