/** Samples without a header, decoded as they come: on the calling thread, since that is a few multiplications each. */
import { sampleCoding, type CodingName, type SampleCoding } from '../sound/pcm.ts';
import { Resampler } from '../sound/resampler.ts';
import type { LiveDecoder } from './live-decoder.ts';

export interface RawLiveFormat {
  encoding: CodingName;
  /** Hertz. */
  sampleRate: number;
  channels?: number;
}

export class RawDecoder implements LiveDecoder {
  readonly #coding: SampleCoding;
  readonly #channels: number;
  readonly #resampler: Resampler | undefined;
  /** Bytes of a sample of all channels that is not whole yet. */
  #rest: Uint8Array = new Uint8Array();

  /** @param sampleRate hertz of the samples that are wanted */
  constructor({ encoding, sampleRate: own, channels = 1 }: RawLiveFormat, sampleRate: number) {
    this.#coding = sampleCoding(encoding, true);
    this.#channels = channels;
    this.#resampler = own === sampleRate ? undefined : new Resampler(own, sampleRate);
  }

  push(bytes: Uint8Array): Float32Array {
    const all = this.#rest.byteLength === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const frameBytes = this.#coding.bytes * this.#channels;
    const frames = Math.floor(all.byteLength / frameBytes);
    this.#rest = all.slice(frames * frameBytes);
    const mono = this.#mix(new DataView(all.buffer, all.byteOffset, all.byteLength), frames);
    return this.#resampler?.push(mono) ?? mono;
  }

  end(): Float32Array {
    return this.#resampler?.end() ?? new Float32Array();
  }

  [Symbol.dispose](): void {
    this.#rest = new Uint8Array();
  }

  #mix(view: DataView, frames: number): Float32Array {
    const { bytes, read } = this.#coding;
    const mono = new Float32Array(frames);
    for (let frame = 0, at = 0; frame < frames; frame++) {
      let sum = 0;
      for (let channel = 0; channel < this.#channels; channel++, at += bytes) sum += read(view, at);
      const mean = sum / this.#channels;
      // Floats may be no number, or far louder than full scale: both are taken as silence.
      mono[frame] = Math.abs(mean) < LOUDEST ? mean : 0;
    }
    return mono;
  }
}

const LOUDEST = 256;
