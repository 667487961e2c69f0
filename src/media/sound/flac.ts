import { FLACDecoder } from '@wasm-audio-decoders/flac';
import type { MonoSink } from './mono-sink.ts';
import { unusable } from './refusals.ts';

/** What is decoded at once. A frame of silence is 14 bytes and expands to 2 MB, so that a piece stays below 200 MB. */
const PIECE_BYTES = 1_024;

/** Where STREAMINFO's content starts: behind the magic and its own block header. */
const STREAM_INFO = 8;

/** Native FLAC; `bytes` starts with its magic. */
export async function decodeFlac(bytes: Uint8Array, sink: MonoSink): Promise<void> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < STREAM_INFO + 34 || (view.getUint8(4) & 0x7f) !== 0) {
    throw unusable('the header of the FLAC file is damaged');
  }
  const packed = view.getUint32(STREAM_INFO + 10);
  const sampleRate = packed >>> 12;
  const channels = ((packed >>> 9) & 7) + 1;
  const total = (view.getUint8(STREAM_INFO + 13) & 15) * 2 ** 32 + view.getUint32(STREAM_INFO + 14);
  sink.begin({ sampleRate, channels, samples: total === 0 ? undefined : total });

  const decoder = new FLACDecoder();
  await decoder.ready;
  const pour = (decoded: Awaited<ReturnType<typeof decoder.decode>>) => {
    if (decoded.errors.length > 0) throw unusable('a frame of the FLAC file is damaged');
    if (decoded.samplesDecoded === 0) return;
    if (decoded.sampleRate !== sampleRate || decoded.channelData.length !== channels) {
      throw unusable('the FLAC file contradicts its header');
    }
    sink.write(decoded.channelData);
  };
  for (let at = framesStart(view); at < bytes.byteLength; at += PIECE_BYTES) {
    pour(await decoder.decode(bytes.subarray(at, at + PIECE_BYTES)));
  }
  pour(await decoder.flush());
  // The decoder skips a frame whose checksum fails without a word.
  if (total !== 0 && sink.received !== total) {
    throw unusable(
      `the FLAC file is damaged or cut short: it declares ${total} samples and has ${sink.received}`,
    );
  }
}

/** Behind the metadata, which is not needed and may hold anything. */
function framesStart(view: DataView): number {
  for (let at = 4; ;) {
    const last = view.getUint8(at) >> 7;
    at += 4 + (view.getUint32(at) & 0xff_ffff);
    if (at >= view.byteLength) throw unusable('the FLAC file is cut short');
    if (last) return at;
  }
}
