import { FLACDecoder } from '@wasm-audio-decoders/flac';
import type { MonoSink } from './mono-sink.ts';
import { flacFrames } from './flac-frames.ts';
import { unusable } from './sound-errors.ts';

/** Offset of STREAMINFO's content, after the magic and its block header. */
const STREAM_INFO = 8;

/** Decodes native FLAC; `bytes` starts with its magic. Ignores what follows the last frame, such as tags. */
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
  for (const frame of flacFrames(bytes, framesStart(view), sink.step)) {
    if (frame.channels !== channels) throw unusable('the FLAC file contradicts its header');
    const decoded = await decoder.decodeFrames([frame.data]);
    if (decoded.samplesDecoded < frame.samples || (decoded.errors.length > 0 && !frame.last)) {
      throw unusable('a frame of the FLAC file is damaged or cut short');
    }
    if (decoded.sampleRate !== sampleRate) throw unusable('the FLAC file contradicts its header');
    // The decoder may take bytes after the last frame for more frames.
    sink.write(decoded.channelData.map((channel) => channel.subarray(0, frame.samples)));
    // Tags after the last frame could look like another one.
    if (total !== 0 && sink.received >= total) break;
  }
  if (total !== 0 && sink.received !== total) {
    throw unusable(
      `the FLAC file is damaged or cut short: it declares ${total} samples and has ${sink.received}`,
    );
  }
}

/** Offset after the metadata, which is not needed. */
function framesStart(view: DataView): number {
  for (let at = 4; ;) {
    const last = view.getUint8(at) >> 7;
    at += 4 + (view.getUint32(at) & 0xff_ffff);
    if (at >= view.byteLength) throw unusable('the FLAC file is cut short');
    if (last) return at;
  }
}
