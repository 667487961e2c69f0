/** A WAV file as it comes: all that follows the header of the samples is sound if its writer left the size open. */
import type { MonoSink } from './mono-sink.ts';
import { pourPcm, sampleCoding, type SampleCoding } from './pcm.ts';
import { unsupported, unusable } from './sound-errors.ts';
import { behindChunk, checkBehind, CHUNK_BYTES, chunkId } from './wav-chunks.ts';
import { ADPCM, readWavFormat, wavCoding, type WavFormat } from './wav-format.ts';

/** Chunks before the samples: pictures and notes among them. */
const MAX_HEADER_BYTES = 1 << 20;
const RIFF_BYTES = 12;
/** Kept of what follows the samples. */
const BEHIND_BYTES = 65_536;
/** Writers that do not know the size yet leave one of these. */
const OPEN_SIZES = new Set([0, 0xffff_ffff, 0x7fff_ffff]);

export class LiveWav {
  readonly #sink: MonoSink;
  #rest: Uint8Array = new Uint8Array();
  #format: WavFormat | undefined;
  /** Once the samples have begun. */
  #samples: { coding: SampleCoding; channels: number } | undefined;
  /** Bytes of samples that still belong to the sound. */
  #left = Infinity;
  #size = 0;
  /** The first bytes of what follows the samples. The number of all of them is in `#behindBytes`. */
  #behind: Uint8Array = new Uint8Array();
  #behindBytes = 0;

  constructor(sink: MonoSink) {
    this.#sink = sink;
  }

  /** @throws SandpiperError `unsupported-media`, `unusable-input` */
  push(bytes: Uint8Array): void {
    const all = this.#rest.byteLength === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const from = this.#samples === undefined ? this.#readHeader(all) : 0;
    if (this.#samples === undefined) {
      if (all.byteLength > MAX_HEADER_BYTES) throw unusable('the WAV file has no samples');
      this.#rest = all.slice();
      return;
    }
    const { coding, channels } = this.#samples;
    const frameBytes = coding.bytes * channels;
    const whole = Math.min(this.#left, all.byteLength - from);
    const end = from + Math.floor(whole / frameBytes) * frameBytes;
    pourPcm(all.subarray(from, end), coding, channels, this.#sink);
    this.#left -= end - from;
    if (this.#left >= frameBytes) {
      this.#rest = all.slice(end);
      return;
    }
    // An incomplete sample at the end is dropped.
    const dropped = Math.min(this.#left, all.byteLength - end);
    this.#left -= dropped;
    this.#rest = new Uint8Array();
    this.#keepBehind(all.subarray(end + dropped));
  }

  /** @throws SandpiperError `unusable-input` */
  end(): void {
    if (this.#samples === undefined || this.#format === undefined)
      throw unusable('the WAV file has no samples');
    const from = behindChunk(this.#behind, 0, this.#size);
    checkBehind(this.#behind.subarray(from), this.#behindBytes - from, this.#format);
  }

  #keepBehind(bytes: Uint8Array): void {
    this.#behindBytes += bytes.byteLength;
    const room = BEHIND_BYTES - this.#behind.byteLength;
    if (room > 0) this.#behind = Buffer.concat([this.#behind, bytes.subarray(0, room)]);
  }

  /** Where the samples begin; 0 while that is not here yet. */
  #readHeader(all: Uint8Array): number {
    const view = new DataView(all.buffer, all.byteOffset, all.byteLength);
    for (let at = RIFF_BYTES; at + CHUNK_BYTES <= all.byteLength;) {
      const id = chunkId(all, at);
      const size = view.getUint32(at + 4, true);
      const start = at + CHUNK_BYTES;
      if (id === 'data') {
        this.#begin(size);
        return start;
      }
      if (start + size > all.byteLength) return 0;
      if (id === 'fmt ') this.#format = readWavFormat(new DataView(all.buffer, all.byteOffset + start, size));
      at = behindChunk(all, start + size, size);
    }
    return 0;
  }

  #begin(size: number): void {
    if (this.#format === undefined) throw unusable('the WAV file has samples before their format');
    const { sampleRate, channels, tag } = this.#format;
    if (ADPCM.has(tag)) throw unsupported('A live sound as WAV of ADPCM, which is decoded as a whole only,');
    const coding = sampleCoding(wavCoding(this.#format), true);
    this.#sink.begin({ sampleRate, channels });
    this.#samples = { coding, channels };
    if (!OPEN_SIZES.has(size)) this.#left = size;
    this.#size = size;
  }
}
