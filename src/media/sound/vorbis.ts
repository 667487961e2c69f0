import { OggVorbisDecoder } from '@wasm-audio-decoders/ogg-vorbis';
import type { MonoSink } from './mono-sink.ts';
import { unusable } from './sound-errors.ts';
import { OggReader } from './ogg.ts';
import { checkCodebooks } from './vorbis-codebooks.ts';

const MAX_CHANNELS = 8;
/** Packets before those of sound: identification, comments, setup. */
const HEADERS = 3;

/** @throws SandpiperError `unusable-input` */
export async function decodeVorbis(bytes: Uint8Array, sink: MonoSink): Promise<void> {
  const vorbis = new LiveVorbis(sink);
  await vorbis.push(bytes);
  await vorbis.end();
}

/** An Ogg file of Vorbis as it comes, page by page; a page expands to some tens of megabytes at worst. */
export class LiveVorbis {
  readonly #reader = new OggReader();
  readonly #decoder = new OggVorbisDecoder();
  readonly #sink: MonoSink;
  #headers = 0;

  constructor(sink: MonoSink) {
    this.#sink = sink;
  }

  /** @throws SandpiperError `unusable-input` */
  async push(bytes: Uint8Array): Promise<void> {
    await this.#decoder.ready;
    for (const page of this.#reader.push(bytes)) {
      for (const packet of page.packets) this.#checkHeader(packet);
      this.#pour(await this.#decoder.decode(page.raw));
    }
  }

  /** @throws SandpiperError `unusable-input` */
  async end(): Promise<void> {
    this.#reader.end();
    if (this.#headers < HEADERS) throw unusable('the Vorbis header is cut short');
    this.#pour(await this.#decoder.flush());
  }

  #checkHeader(packet: Uint8Array): void {
    this.#headers++;
    if (this.#headers === 1) begin(packet, this.#sink);
    if (this.#headers !== HEADERS) return;
    // The decoder searches the setup backwards for its closing bit, without end if it is missing.
    if (packet[0] !== 5 || packet.at(-1) === 0) throw unusable('the Vorbis header is damaged');
    checkCodebooks(packet);
  }

  #pour({ errors, channelData }: Awaited<ReturnType<OggVorbisDecoder['decode']>>): void {
    if (errors.length > 0) throw unusable('a Vorbis packet is damaged');
    this.#sink.write(channelData);
  }
}

/** The identification header: Vorbis I specification, section 4.2.2. */
function begin(packet: Uint8Array, sink: MonoSink): void {
  if (packet.byteLength < 30) throw unusable('the Vorbis header is damaged');
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const channels = view.getUint8(11);
  if (channels > MAX_CHANNELS) throw unusable(`it has ${channels} channels, expected 1 to ${MAX_CHANNELS}`);
  sink.begin({ sampleRate: view.getUint32(12, true), channels });
}
