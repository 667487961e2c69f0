import { ADPCM } from '../sound/wav-format.ts';
import { ContainerDecoder } from './container-decoder.ts';
import type { LiveDecoder } from './live-decoder.ts';
import { RawDecoder, type RawLiveFormat } from './raw-decoder.ts';

/**
 * @param format `auto`: a file, whose first bytes tell what it is
 * @param sampleRate hertz of the samples that are wanted
 */
export function openLiveDecoder(
  format: 'auto' | RawLiveFormat,
  sampleRate: number,
  limits: { soundStallMs: number },
): LiveDecoder {
  if (format === 'auto') return new ContainerDecoder(sampleRate, limits);
  return new RawDecoder(format, sampleRate);
}

/** Where the first packet of an Ogg file begins: its page has no other. */
const OGG_PACKET = 28;

/** Where the format tag of a WAV file is that begins with its format. */
const TAG_AT = 20;

/** Whether a file that begins so is decoded as it comes. */
export function decodesLive(head: Uint8Array): boolean {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(64, head.byteLength)).toString('latin1');
  const codec = text.startsWith('OggS') ? text.slice(OGG_PACKET) : '';
  if (codec.startsWith('OpusHead') || codec.startsWith('\x01vorbis')) return true;
  if (text.startsWith('\x1aE\xdf\xa3')) return true;
  // ADPCM is decoded as a whole only.
  const isAdpcm = /^.{12}fmt /s.test(text) && ADPCM.has(text.charCodeAt(TAG_AT));
  return /^RIFF....WAVE/s.test(text) && !isAdpcm;
}
