import { MPEGDecoder } from 'mpg123-decoder';
import type { MonoSink } from './mono-sink.ts';
import { unusable } from './refusals.ts';

/** What is decoded at once: some 7 MB of samples at most. */
const PIECE_BYTES = 16_384;

/** MPEG audio, layers I to III, with or without ID3 tags. */
export async function decodeMp3(bytes: Uint8Array, sink: MonoSink): Promise<void> {
  const decoder = new MPEGDecoder();
  await decoder.ready;
  let sampleRate = 0;
  for (let at = 0; at < bytes.byteLength; at += PIECE_BYTES) {
    const decoded = decoder.decode(bytes.subarray(at, at + PIECE_BYTES));
    if (decoded.errors.length > 0) throw unusable('a frame of the MP3 file is damaged');
    if (decoded.samplesDecoded === 0) continue;
    if (sampleRate === 0) {
      sampleRate = decoded.sampleRate;
      // The decoder always gives two channels, equal ones for a mono file.
      sink.begin({ sampleRate, channels: 2 });
    }
    if (decoded.sampleRate !== sampleRate) throw unusable('the MP3 file changes its sample rate');
    sink.write(decoded.channelData);
  }
  if (sampleRate === 0) throw unusable('the MP3 file has no sound that can be decoded');
}
