import { OpusDecoder } from 'opus-decoder';
import type { MonoSink } from './mono-sink.ts';
import { unsupported, unusable } from './sound-errors.ts';
import { OggReader } from './ogg.ts';
import { WebmReader, type WebmBlock } from './webm.ts';

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
  using ogg = new LiveOggOpus(sampleRate, sink);
  await ogg.push(bytes);
  ogg.end();
}

/** @throws SandpiperError `unsupported-media` if its sound is not Opus, `unusable-input` */
export async function decodeWebm(bytes: Uint8Array, sampleRate: number, sink: MonoSink): Promise<void> {
  using webm = new LiveWebm(sampleRate, sink, Infinity);
  await webm.push(bytes);
  webm.assertWhole();
  await webm.end();
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
export class LiveOggOpus implements Disposable {
  readonly #reader = new OggReader();
  readonly #opus: OpusStream;
  #headers = 0;

  constructor(sampleRate: number, sink: MonoSink) {
    this.#opus = new OpusStream(sampleRate, sink);
  }

  /** @throws SandpiperError `unusable-input` */
  async push(bytes: Uint8Array): Promise<void> {
    for (const page of this.#reader.push(bytes)) {
      for (const packet of page.packets) {
        this.#headers++;
        if (this.#headers === 1) await this.#opus.open(packet);
        // The second packet holds the tags.
        else if (this.#headers > 2) this.#opus.decode(packet);
      }
      // The last page counts fewer samples than its packets have if the sound ends within one.
      this.#opus.flush({ granule: page.last ? page.granule : undefined });
    }
  }

  end(): void {
    this.#reader.end();
    this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.#opus[Symbol.dispose]();
  }
}

/** A WebM file as it comes. */
export class LiveWebm implements Disposable {
  readonly #reader: WebmReader;
  readonly #opus: OpusStream;

  constructor(sampleRate: number, sink: MonoSink, mostElementBytes?: number) {
    this.#reader = new WebmReader(mostElementBytes);
    this.#opus = new OpusStream(sampleRate, sink);
  }

  /** @throws SandpiperError `unsupported-media`, `unusable-input` */
  async push(bytes: Uint8Array): Promise<void> {
    for (const block of this.#reader.push(bytes)) await this.#decode(block);
  }

  /** @throws SandpiperError `unusable-input` within an element */
  assertWhole(): void {
    if (this.#reader.isCutShort) throw unusable('the WebM file is cut short');
  }

  async end(): Promise<void> {
    const last = this.#reader.end();
    if (!this.#reader.hasSound) throw unusable('the WebM file has no sound');
    if (last !== undefined) await this.#decode(last);
    this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.#opus[Symbol.dispose]();
  }

  async #decode({ track, frames, padding }: WebmBlock): Promise<void> {
    if (track.codec !== 'A_OPUS') throw unsupported('A WebM file whose sound is not Opus');
    if (!this.#opus.isOpen) await this.#opus.open(track.setup);
    for (const frame of frames) this.#opus.decode(frame);
    this.#opus.flush({ padding });
  }
}

/** Packets of Opus to samples, once the header has come. */
class OpusStream implements Disposable {
  readonly #rate: (typeof RATES)[number];
  readonly #sink: MonoSink;
  #decoder: OpusDecoder<(typeof RATES)[number]> | undefined;
  #preSkip = 0;
  #gain = 1;
  /** Decoded samples of one page or frame that are not yet written. */
  #pending: Float32Array[][] = [];
  /** Samples that are still to be dropped. */
  #skip = 0;

  /** @param sampleRate hertz of the samples that are wanted */
  constructor(sampleRate: number, sink: MonoSink) {
    this.#rate = RATES.find((native) => native === sampleRate) ?? CLOCK;
    this.#sink = sink;
  }

  get isOpen(): boolean {
    return this.#decoder !== undefined;
  }

  /** @throws SandpiperError `unusable-input` */
  async open(header: Uint8Array): Promise<void> {
    const { preSkip, gain, ...layout } = readHead(header);
    this.#sink.begin({ sampleRate: this.#rate, channels: layout.channels });
    this.#decoder = new OpusDecoder({ sampleRate: this.#rate, ...layout });
    await this.#decoder.ready;
    this.#preSkip = preSkip;
    this.#gain = gain;
    this.#skip = Math.round((preSkip * this.#rate) / CLOCK);
  }

  decode(packet: Uint8Array): void {
    if (this.#decoder === undefined) return;
    const { channelData, samplesDecoded, errors } = this.#decoder.decodeFrame(packet);
    if (errors.length > 0 || samplesDecoded === 0 || samplesDecoded > MAX_PACKET) {
      throw unusable('an Opus packet is damaged');
    }
    const skipped = Math.min(this.#skip, samplesDecoded);
    this.#skip -= skipped;
    const gain = this.#gain;
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
    const stated = granule === undefined ? Infinity : Number(granule) - this.#preSkip;
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

  [Symbol.dispose](): void {
    this.#decoder?.free();
    this.#decoder = undefined;
  }
}
