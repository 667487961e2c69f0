import { MPEGDecoder } from 'mpg123-decoder';
import type { MonoSink } from './mono-sink.ts';
import { findMpegFrame, type FoundFrame, maybeMpegFrame } from './mpeg-frames.ts';
import { unsupported, unusable } from './sound-errors.ts';

/** Frames decoded at once: at most 7 MB of samples. */
const PIECE_BYTES = 16_384;

/** Decodes MPEG audio, layers I to III, through changes of rate or channels; skips bytes that are no frame. */
export async function decodeMp3(bytes: Uint8Array, sink: MonoSink): Promise<void> {
  const decoder = new MPEGDecoder();
  await decoder.ready;
  let sampleRate = 0;
  for (const piece of pieces(bytes, sink.step)) {
    const decoded = decoder.decode(piece);
    if (decoded.errors.length > 0) throw unusable('a frame of the MP3 file is damaged');
    if (decoded.samplesDecoded === 0) continue;
    if (decoded.sampleRate !== sampleRate) {
      sampleRate = decoded.sampleRate;
      // The decoder always returns two channels, equal ones for a mono file.
      sink.begin({ sampleRate, channels: 2 });
    }
    sink.write(decoded.channelData);
  }
  if (sampleRate === 0) throw unusable('the MP3 file has no sound that can be decoded');
}

/** Groups of frames of one kind, since the decoder reports one rate per call. */
function* pieces(bytes: Uint8Array, step: () => void): Generator<Uint8Array> {
  let start = 0;
  let end = 0;
  let kind: string | undefined;
  for (const { at, frame } of frames(bytes, step)) {
    if (at !== end || frame.kind !== kind || end - start >= PIECE_BYTES) {
      if (end > start) yield bytes.subarray(start, end);
      start = at;
      kind = frame.kind;
    }
    end = at + frame.bytes;
  }
  if (end > start) yield bytes.subarray(start, end);
}

function* frames(bytes: Uint8Array, step: () => void): Generator<FoundFrame> {
  const search = (from: number) => findMpegFrame(bytes, { from, most: Infinity, step });
  for (let found = search(0); found?.frame.codec === 'MP3';) {
    yield found;
    const at = found.at + found.frame.bytes;
    const frame = maybeMpegFrame(bytes, at);
    // The decoder loses most of the sound of these.
    if (frame?.bytes === 0) throw unsupported('An MP3 file of free format');
    found = frame?.codec === 'MP3' ? { at, frame } : search(at);
  }
}
