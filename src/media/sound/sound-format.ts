/** Container formats that a {@link SoundDecoder} accepts. */
export type SoundFormat = 'WAV' | 'AIFF' | 'FLAC' | 'MP3' | 'Ogg Opus' | 'Ogg Vorbis' | 'WebM';

/** What an error lists. */
export const ACCEPTED_SOUNDS = 'WAV, AIFF, FLAC, MP3, Ogg (Opus or Vorbis) and WebM (Opus)';

/** The format of a sound by its first bytes; undefined when it is none that is accepted. */
export function maybeSoundFormat(bytes: Uint8Array): SoundFormat | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 4_096)).toString(
    'latin1',
  );
  const form = head.slice(8, 12);
  if (/^(RIFF|RF64)/.test(head) && form === 'WAVE') return 'WAV';
  if (head.startsWith('FORM') && (form === 'AIFF' || form === 'AIFC')) return 'AIFF';
  if (head.startsWith('fLaC')) return 'FLAC';
  if (head.startsWith('OggS')) return oggCodec(head);
  if (head.startsWith('\x1aE\xdf\xa3')) return 'WebM';
  if (head.startsWith('ID3') || isMpegFrame(bytes)) return 'MP3';
  return undefined;
}

/** The first packet names the codec; it stands behind the page's header and its table of packet sizes. */
function oggCodec(head: string): SoundFormat | undefined {
  const packet = head.slice(27 + head.charCodeAt(26));
  if (packet.startsWith('OpusHead')) return 'Ogg Opus';
  if (packet.startsWith('\x01vorbis')) return 'Ogg Vorbis';
  return undefined;
}

/** A frame header of MPEG audio with no reserved value; AAC's looks the same but has layer 0. */
function isMpegFrame(bytes: Uint8Array): boolean {
  const [sync = 0, version = 0, rates = 0] = bytes;
  return (
    sync === 0xff &&
    (version & 0xe0) === 0xe0 &&
    (version & 0x18) !== 0x08 &&
    (version & 0x06) !== 0 &&
    (rates & 0xf0) !== 0xf0 &&
    (rates & 0x0c) !== 0x0c
  );
}
