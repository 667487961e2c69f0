import { SandpiperError } from '../../errors.ts';
import { MonoSink, type SoundBounds } from './mono-sink.ts';
import { unusable } from './sound-errors.ts';
import { soundFormat, type SoundFormat } from './sound-format.ts';
import { behindTags } from './tags.ts';

/**
 * Decodes a whole sound to mono at `sampleRate`, blocking the calling thread. Codecs are loaded when they are first
 * needed. `step` is called after each piece of work.
 *
 * @throws SandpiperError `unsupported-media`, `input-too-large`, `unusable-input`
 */
export async function decodeWhole(
  file: Uint8Array,
  sampleRate: number,
  bounds: SoundBounds,
  step?: () => void,
): Promise<Float32Array<ArrayBuffer>> {
  const bytes = file.subarray(behindTags(file));
  const format = soundFormat(bytes);
  const sink = new MonoSink(sampleRate, bounds, step);
  try {
    await pour(format, bytes, sampleRate, sink);
    return sink.finish();
  } catch (thrown) {
    if (thrown instanceof SandpiperError) throw thrown;
    throw unusable(`the ${format} file is damaged or cut short`);
  }
}

async function pour(format: SoundFormat, bytes: Uint8Array, rate: number, sink: MonoSink): Promise<void> {
  switch (format) {
    case 'WAV':
      return (await import('./wav.ts')).decodeWav(bytes, sink);
    case 'AIFF':
      return (await import('./aiff.ts')).decodeAiff(bytes, sink);
    case 'FLAC':
      return (await import('./flac.ts')).decodeFlac(bytes, sink);
    case 'MP3':
      return (await import('./mp3.ts')).decodeMp3(bytes, sink);
    case 'Ogg Opus':
      return (await import('./opus.ts')).decodeOggOpus(bytes, rate, sink);
    case 'Ogg Vorbis':
      return (await import('./vorbis.ts')).decodeVorbis(bytes, sink);
    case 'WebM':
      return (await import('./opus.ts')).decodeWebm(bytes, rate, sink);
  }
}
