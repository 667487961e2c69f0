import { OggVorbisDecoder } from '@wasm-audio-decoders/ogg-vorbis';
import type { MonoSink } from './mono-sink.ts';
import { unusable } from './refusals.ts';
import { oggPages } from './ogg.ts';
import { checkCodebooks } from './vorbis-codebooks.ts';

const MOST_CHANNELS = 8;

/** Decodes Ogg Vorbis page by page; a page expands to some tens of megabytes at worst. */
export async function decodeVorbis(bytes: Uint8Array, sink: MonoSink): Promise<void> {
  const decoder = new OggVorbisDecoder();
  await decoder.ready;
  const pour = (decoded: Awaited<ReturnType<typeof decoder.decode>>) => {
    if (decoded.errors.length > 0) throw unusable('a Vorbis packet is damaged');
    sink.write(decoded.channelData);
  };
  let headers = 0;
  for (const page of oggPages(bytes)) {
    for (const packet of page.packets) {
      headers++;
      if (headers === 1) begin(packet, sink);
      // The decoder searches the setup backwards for its closing bit, without end if it is missing.
      if (headers === 3 && (packet[0] !== 5 || packet.at(-1) === 0)) {
        throw unusable('the Vorbis header is damaged');
      }
      if (headers === 3) checkCodebooks(packet);
    }
    pour(await decoder.decode(page.raw));
  }
  if (headers < 3) throw unusable('the Vorbis header is cut short');
  pour(await decoder.flush());
}

/** The identification header: Vorbis I specification, section 4.2.2. */
function begin(packet: Uint8Array, sink: MonoSink): void {
  if (packet.byteLength < 30) throw unusable('the Vorbis header is damaged');
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const channels = view.getUint8(11);
  if (channels > MOST_CHANNELS) throw unusable(`it has ${channels} channels, expected 1 to ${MOST_CHANNELS}`);
  sink.begin({ sampleRate: view.getUint32(12, true), channels });
}
