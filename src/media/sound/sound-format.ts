import { looksLikeBase64 } from '../looks-like-base64.ts';
import { findMpegFrame, maybeMpegFrame } from './mpeg-frames.ts';
import { firstOggCodec } from './ogg.ts';
import { unsupported } from './sound-errors.ts';

/** Container formats that a {@link SoundDecoder} accepts. */
export type SoundFormat = 'WAV' | 'AIFF' | 'FLAC' | 'MP3' | 'Ogg Opus' | 'Ogg Vorbis' | 'WebM';

/** The format of a sound by its first bytes, which come after any tags. @throws SandpiperError `unsupported-media` */
export function soundFormat(bytes: Uint8Array): SoundFormat {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 4_096)).toString(
    'latin1',
  );
  const form = head.slice(8, 12);
  if (/^(RIFF|RF64|BW64)/.test(head)) {
    if (form === 'WAVE') return 'WAV';
  } else if (head.startsWith('FORM')) {
    if (form === 'AIFF' || form === 'AIFC') return 'AIFF';
  } else if (head.startsWith('fLaC')) {
    return 'FLAC';
  } else if (head.startsWith('OggS')) {
    const codec = firstOggCodec(bytes.subarray(0, 4_096));
    if (codec !== undefined) return codec;
  } else if (head.startsWith('\x1aE\xdf\xa3')) {
    return 'WebM';
  } else if (head.slice(4, 8) !== 'ftyp') {
    // Last, since MPEG audio may come after other bytes.
    const codec = findMpegFrame(bytes)?.frame.codec;
    if (codec === 'MP3') return codec;
    if (codec === 'AAC') throw unsupported('AAC');
    if (maybeMpegFrame(bytes, 0)?.bytes === 0) throw unsupported('An MP3 file of free format');
  }
  throw unsupported(
    looksLikeBase64(bytes)
      ? 'A file in base64, which was not decoded,'
      : 'A file that is no sound of a known format',
  );
}
