/**
 * Small files that ask for much work: each is valid or nearly so, and says what may come of it. They are made when
 * they are asked for, as some are large.
 */
import { flacFrame, flacHeader } from './flac.ts';
import { oggStream } from './ogg.ts';
import { wavFile } from './sounds.ts';
import { element, laced, webmFile } from './webm.ts';

export interface SoundAttack {
  name: string;
  file: () => Buffer;
  /** The code of its refusal, or `decoded`. */
  outcomes: readonly string[];
}

const TOO_LARGE = ['input-too-large'];
const UNUSABLE = ['unusable-input'];

/** Frames of silence: four bytes a channel for up to 65,535 samples of it. */
export function silentFlac(
  seconds: number,
  {
    sampleRate,
    channels,
    blockSize = 65_535,
    told = true,
  }: { sampleRate: number; channels: number; blockSize?: number; told?: boolean },
): Buffer {
  const frames = Math.floor((seconds * sampleRate) / blockSize);
  const shape = { sampleRate, channels, blockSize, total: told ? frames * blockSize : 0 };
  return Buffer.concat([
    flacHeader(shape),
    ...Array.from({ length: frames }, (_, at) => flacFrame(at, shape)),
  ]);
}

export function opusHead({ channels = 1, streams = 1, coupled = 0 } = {}): Buffer {
  const head = Buffer.alloc(21 + channels);
  head.write('OpusHead');
  head.writeUInt8(1, 8);
  head.writeUInt8(channels, 9);
  head.writeUInt32LE(48_000, 12);
  head.writeUInt8(1, 18);
  head.writeUInt8(streams, 19);
  head.writeUInt8(coupled, 20);
  return head;
}

/** Packets of two bytes that stand for 120 ms each: six frames of nothing. */
const nothing = (count: number) => Array<Buffer>(count).fill(Buffer.of(0x0b, 0x06));

function opusFile(head: Buffer, packets: readonly Uint8Array[]): Buffer {
  return oggStream([head, Buffer.from('OpusTags\0\0\0\0\0\0\0\0'), ...packets], { granule: 2 ** 40 });
}

/** A setup header whose codebooks are ordered ones, complete, of 2 to the power of `bits` entries. */
function vorbisFile(books: number, bits: number): Buffer {
  const written: number[] = [];
  const write = (value: number, count: number) => {
    for (let bit = 0; bit < count; bit++) written.push(Math.floor(value / 2 ** bit) & 1);
  };
  write(books - 1, 8);
  for (let book = 0; book < books; book++) {
    write(0x564342, 24);
    write(1, 16);
    write(2 ** bits, 24);
    write(1, 1);
    // All of them are of one length.
    write(bits - 1, 5);
    write(2 ** bits, bits + 1);
    write(0, 4);
  }
  const body = Buffer.alloc(Math.ceil(written.length / 8) + 1);
  written.forEach((bit, at) => (body[at >> 3] = (body[at >> 3] ?? 0) | (bit << (at & 7))));
  body[body.length - 1] = 1;
  const identification = Buffer.alloc(30);
  identification.write('\x01vorbis', 'latin1');
  identification.writeUInt8(2, 11);
  identification.writeUInt32LE(44_100, 12);
  identification.writeUInt8(0xb8, 28);
  identification.writeUInt8(1, 29);
  const comment = Buffer.concat([Buffer.from('\x03vorbis', 'latin1'), Buffer.alloc(8), Buffer.of(1)]);
  return oggStream([identification, comment, Buffer.concat([Buffer.from('\x05vorbis', 'latin1'), body])]);
}

/** A frame of MPEG-1 layer III at 32 kbit/s, or of MPEG-2 at 8, that holds nothing. */
function mp3Frame(rate: 44_100 | 24_000): Buffer {
  const frame = Buffer.alloc(rate === 44_100 ? 104 : 24);
  frame.set(rate === 44_100 ? [0xff, 0xfb, 0x10, 0xc0] : [0xff, 0xf3, 0x14, 0xc0]);
  return frame;
}

function adpcmWav(blockBytes: number, bytes: number): Buffer {
  const file = wavFile(Buffer.alloc(bytes), { tag: 0x11, bits: 4 });
  file.writeUInt16LE(blockBytes, 32);
  return file;
}

const wide = { sampleRate: 384_000, channels: 8 };

export const SOUND_ATTACKS: readonly SoundAttack[] = [
  {
    name: 'FLAC of silence, 8 channels at 384 kHz, told',
    file: () => silentFlac(1_790, wide),
    outcomes: TOO_LARGE,
  },
  {
    name: 'FLAC of silence, 8 channels at 384 kHz, not told',
    file: () => silentFlac(7, { ...wide, told: false }),
    outcomes: TOO_LARGE,
  },
  {
    name: 'FLAC of one channel by its header and of eight by its frames',
    file: () => {
      const shape = { sampleRate: 16_000, channels: 8, blockSize: 65_535 };
      return Buffer.concat([
        flacHeader({ ...shape, channels: 1 }),
        ...Array.from({ length: 400 }, (_, at) => flacFrame(at, shape)),
      ]);
    },
    outcomes: UNUSABLE,
  },
  {
    name: 'FLAC with one sample a frame',
    file: () => silentFlac(1, { sampleRate: 16_000, channels: 1, blockSize: 1 }),
    outcomes: ['decoded', ...UNUSABLE],
  },
  {
    name: 'FLAC that is nothing but headers of frames',
    file: () => {
      const shape = { sampleRate: 16_000, channels: 1, blockSize: 4_096 };
      const head = flacFrame(0, shape).subarray(0, 10);
      return Buffer.concat([flacHeader(shape), ...Array<Buffer>(200_000).fill(head)]);
    },
    outcomes: UNUSABLE,
  },
  {
    name: 'Opus of 255 streams',
    file: () => opusFile(opusHead({ channels: 8, streams: 255, coupled: 0 }), nothing(100)),
    outcomes: UNUSABLE,
  },
  {
    name: 'Opus of more coupled streams than streams',
    file: () => opusFile(opusHead({ channels: 8, streams: 3, coupled: 5 }), nothing(100)),
    outcomes: UNUSABLE,
  },
  {
    name: 'Opus of packets of two bytes, for an hour',
    file: () => opusFile(opusHead(), nothing(30_000)),
    outcomes: TOO_LARGE,
  },
  {
    name: 'Vorbis with 255 codebooks of a million entries',
    file: () => vorbisFile(255, 20),
    outcomes: UNUSABLE,
  },
  {
    name: 'Vorbis with a codebook of eight million entries',
    file: () => vorbisFile(1, 23),
    outcomes: UNUSABLE,
  },
  {
    name: 'Ogg of thousands of streams side by side',
    file: () => {
      const streams = Array.from({ length: 20_000 }, (_, serial) => oggStream([opusHead()], { serial }));
      return Buffer.concat([opusFile(opusHead(), nothing(10)).subarray(0, 50), ...streams]);
    },
    outcomes: UNUSABLE,
  },
  {
    name: 'Ogg of thousands of streams, one after another',
    file: () => Buffer.concat(Array<Buffer>(5_000).fill(opusFile(opusHead(), nothing(3)))),
    outcomes: UNUSABLE,
  },
  ...[0, 1, 999, 768_000, 0xffff_ffff].map((sampleRate) => ({
    name: `WAV at ${sampleRate} Hz`,
    file: () => wavFile(Buffer.alloc(100_000), { sampleRate }),
    outcomes: UNUSABLE,
  })),
  {
    name: 'WAV of 65,535 channels',
    file: () => wavFile(Buffer.alloc(200_000), { channels: 65_535 }),
    outcomes: UNUSABLE,
  },
  {
    name: 'WAV at a rate that shares no divisor with any other',
    file: () => wavFile(Buffer.alloc(2_000), { sampleRate: 383_987 }),
    outcomes: ['decoded'],
  },
  { name: 'ADPCM in blocks of eight bytes', file: () => adpcmWav(8, 1_000_000), outcomes: ['decoded'] },
  ...[0, 1, 4].map((block) => ({
    name: `ADPCM in blocks of ${block} bytes`,
    file: () => adpcmWav(block, 1_000_000),
    outcomes: UNUSABLE,
  })),
  ...(['xiph', 'ebml', 'fixed'] as const).map((lacing) => ({
    name: `WebM of 256 empty frames a block, laced as ${lacing}`,
    file: () => {
      const block = element('a3', [laced(Array<Buffer>(256).fill(Buffer.alloc(0)), lacing)]);
      return Buffer.concat([
        webmFile(opusHead(), nothing(1)),
        element('1f43b675', Array<Buffer>(5_000).fill(block)),
      ]);
    },
    outcomes: UNUSABLE,
  })),
  {
    name: 'WebM of a million empty elements',
    file: () => Buffer.concat([webmFile(opusHead(), []), Buffer.alloc(2_000_000, 'ec80', 'hex')]),
    outcomes: UNUSABLE,
  },
  {
    name: 'WebM of laced packets of two bytes, for an hour',
    file: () => webmFile(opusHead(), nothing(30_000), { lacing: 'fixed', perBlock: 256 }),
    outcomes: TOO_LARGE,
  },
  {
    name: 'MP3 that changes its rate with every three frames',
    file: () => Buffer.concat(Array.from({ length: 900 }, (_, at) => mp3Frame(at % 6 < 3 ? 44_100 : 24_000))),
    outcomes: ['decoded', ...UNUSABLE],
  },
  {
    name: 'MP3 that is nothing but beginnings of frames',
    file: () =>
      Buffer.concat([Buffer.alloc(300_000, 'fffb10c0', 'hex'), ...Array<Buffer>(50).fill(mp3Frame(44_100))]),
    outcomes: ['decoded', 'input-too-large', ...UNUSABLE],
  },
];
