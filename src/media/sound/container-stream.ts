/** A sound file as it comes, whose format its first bytes tell. */
import { MonoSink } from './mono-sink.ts';
import { LiveWav } from './live-wav.ts';
import { unsupported, unusable } from './sound-errors.ts';
import { soundFormat } from './sound-format.ts';

/** The caller bounds the length of the sound: here no sample is kept. */
const BOUNDS = { soundSeconds: Number.MAX_SAFE_INTEGER / 1e9, soundSamples: Infinity };
const HEAD_BYTES = 64;

interface Reader {
  push(bytes: Uint8Array): Promise<void> | void;
  end?(): Promise<void> | void;
}

export class ContainerStream {
  readonly #rate: number;
  readonly #sink: MonoSink;
  #head: Uint8Array = new Uint8Array();
  #reader: Reader | undefined;

  /** @param sampleRate hertz of the samples that are wanted */
  constructor(sampleRate: number) {
    this.#rate = sampleRate;
    this.#sink = new MonoSink(sampleRate, BOUNDS);
  }

  /** Samples that the next bytes complete. @throws SandpiperError `unsupported-media`, `unusable-input` */
  async push(bytes: Uint8Array): Promise<Float32Array<ArrayBuffer>> {
    if (this.#reader !== undefined) await this.#reader.push(bytes);
    else {
      this.#head = Buffer.concat([this.#head, bytes]);
      if (this.#head.byteLength >= HEAD_BYTES) await this.#begin();
    }
    return this.#sink.drain();
  }

  /** The rest. @throws SandpiperError `unsupported-media`, `unusable-input` */
  async end(): Promise<Float32Array<ArrayBuffer>> {
    if (this.#reader === undefined) await this.#begin();
    await this.#reader?.end?.();
    this.#sink.end();
    if (this.#sink.isEmpty) throw unusable('it has no samples');
    return this.#sink.drain();
  }

  async #begin(): Promise<void> {
    this.#reader = await this.#open(soundFormat(this.#head));
    await this.#reader.push(this.#head);
    this.#head = new Uint8Array();
  }

  async #open(format: ReturnType<typeof soundFormat>): Promise<Reader> {
    if (format === 'WAV') return new LiveWav(this.#sink);
    if (format === 'WebM') return new (await import('./opus.ts')).LiveWebm(this.#rate, this.#sink);
    if (format === 'Ogg Opus') return new (await import('./opus.ts')).LiveOggOpus(this.#rate, this.#sink);
    if (format === 'Ogg Vorbis') return new (await import('./vorbis.ts')).LiveVorbis(this.#sink);
    throw unsupported(`A live sound as ${format}, which is decoded as a whole only,`);
  }
}
