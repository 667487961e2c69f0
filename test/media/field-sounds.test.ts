/**
 * Sounds as other programs write them: sizes that were never filled in, tags around, what is no frame between
 * frames, laced blocks. Each kind in many variants, whose samples are told exactly.
 */
import { readFile } from 'node:fs/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { SERVICE_LIMITS } from '../../src/config/limits.ts';
import { SoundDecoder } from '../../src/media/sound-decoder.ts';
import { OggReader } from '../../src/media/sound/ogg.ts';
import { Random } from '../fuzz/random.ts';
import { flacFile } from './support/flac.ts';
import { amplitude, chunk, wavFile } from './support/sounds.ts';
import { apeV2, id3v1, id3v2, lyrics3, noise } from './support/tags.ts';
import { webmFile, type Lacing } from './support/webm.ts';

const decoder = new SoundDecoder(SERVICE_LIMITS);
afterAll(async () => decoder[Symbol.asyncDispose]());

const fixture = async (name: string) => readFile(new URL(`fixtures/${name}`, import.meta.url));
const decode = async (...parts: Uint8Array[]) => decoder.decode(Buffer.concat(parts), 16_000);

const ALL_ONES = 0xffff_ffff;
const integers = Int16Array.from({ length: 2_000 }, (_, at) => ((at * 7_919) % 65_536) - 32_768);
const expected = Float32Array.from(integers, (value) => value / 32_768);
const pcm = new Uint8Array(integers.buffer);

/** The outcome of a plain WAV file with other values in its fields. */
function wavWith(change: (file: Buffer, dataAt: number) => void, ...before: Uint8Array[]): Buffer {
  const plain = wavFile(pcm);
  const file = Buffer.concat([plain.subarray(0, 36), ...before, plain.subarray(36)]);
  change(file, file.length - pcm.byteLength);
  return file;
}

describe('a WAV file', () => {
  const sizes = [
    0,
    pcm.byteLength + 1,
    1e6,
    2e9,
    0x7fff_0000,
    0x7fff_ffff,
    0x8000_0000,
    ALL_ONES - 1,
    ALL_ONES,
  ];
  it.each(sizes)(
    'whose samples are told to be %i bytes is read to its end, whatever its own size',
    async (size) => {
      for (const whole of [0, 8, 36, pcm.byteLength + 36, 2e9, ALL_ONES]) {
        for (const before of [
          Buffer.alloc(0),
          chunk('LIST', Buffer.from('INFOsomething')),
          chunk('JUNK', Buffer.alloc(28)),
        ]) {
          const file = wavWith((bytes, dataAt) => {
            bytes.writeUInt32LE(whole, 4);
            bytes.writeUInt32LE(size, dataAt - 4);
          }, before);
          expect(await decode(file)).toEqual(expected);
        }
      }
    },
  );

  it('ends before an incomplete sample, and before the chunks that follow a size that is right', async () => {
    expect(await decode(wavWith(() => undefined).subarray(0, -3))).toEqual(expected.subarray(0, -2));
    for (const id of ['LIST', 'id3 ', 'bext', 'axml']) {
      expect(
        await decode(
          wavWith(() => undefined),
          chunk(id, noise(333, new Random(1))),
        ),
      ).toEqual(expected);
    }
  });

  it('whose header counts fewer samples than follow is refused, and what is no sound is left out', async () => {
    const held = (bytes: number, ...behind: Uint8Array[]) =>
      Buffer.concat([wavWith((file, dataAt) => file.writeUInt32LE(bytes, dataAt - 4)), ...behind]);
    for (const bytes of [1, 2, 36, 400]) {
      await expect(decode(held(bytes, pcm))).rejects.toMatchObject({
        code: 'unusable-input',
        message: expect.stringMatching(/says where its samples end, and \d+ bytes that may be more/),
      });
    }
    const right = pcm.byteLength;
    for (const behind of [
      Buffer.from('\r\n--boundary--\r\n'),
      Buffer.alloc(32_768),
      Buffer.alloc(5_000, 255),
      Buffer.concat([id3v2({ text: 'x'.repeat(9_000) }), noise(9_000, new Random(3))]),
      Buffer.concat([lyrics3(), id3v1()]),
      chunk('id3 ', noise(50_000, new Random(4))).subarray(0, 30_000),
    ]) {
      expect(await decode(held(right, behind))).toEqual(expected);
    }
  });

  it('that holds several sounds is refused, and an empty one before the samples is none', async () => {
    for (const more of [wavFile(pcm), chunk('data', pcm)]) {
      for (const tail of [more, Buffer.concat([chunk('LIST', Buffer.from('INFOodd')), more])]) {
        await expect(decode(wavFile(pcm), tail)).rejects.toMatchObject({
          code: 'unusable-input',
          message: expect.stringMatching(/several sounds, one after another/),
        });
      }
    }
    const empty = wavWith(() => undefined, chunk('data', new Uint8Array()));
    expect(await decode(empty)).toEqual(expected);
  });

  it.each([1, 27, 333])('is read where a chunk of %i bytes has no padding', async (size) => {
    const padded = chunk('LIST', Buffer.alloc(size, 'x'));
    expect(await decode(wavWith(() => undefined, padded.subarray(0, -1)))).toEqual(expected);
    expect(await decode(wavWith(() => undefined, padded))).toEqual(expected);
  });

  it('of floats on the scale of whole numbers is refused', async () => {
    const floats = new Uint8Array(Float32Array.from(integers).buffer);
    await expect(decode(wavFile(floats, { tag: 3, bits: 32 }))).rejects.toMatchObject({
      code: 'unusable-input',
      message: expect.stringMatching(/far beyond full scale, which is 1/),
    });
  });

  it('without samples is not taken for one that was never closed, though chunks follow', async () => {
    for (const tail of [
      [],
      [chunk('LIST', Buffer.from('INFOsomething'))],
      [chunk('id3 ', id3v2()), chunk('JUNK', pcm)],
    ]) {
      await expect(decode(wavFile(new Uint8Array()), ...tail)).rejects.toMatchObject({
        code: 'unusable-input',
      });
    }
  });

  it('is read by its bits and channels where the block size says something else', async () => {
    for (const [tag, bits] of [
      [1, 8],
      [1, 16],
      [1, 24],
      [1, 32],
      [3, 32],
      [3, 64],
      [6, 8],
      [7, 8],
    ] as const) {
      for (const channels of [1, 2, 6]) {
        const floats = new Float64Array(300).map((_, at) => Math.sin(at));
        const data = new Uint8Array(
          bits === 64
            ? floats.buffer
            : bits === 32 && tag === 3
              ? new Float32Array(floats).buffer
              : integers.buffer,
        );
        for (const extensible of [false, true]) {
          const file = wavFile(data, { tag, bits, channels, extensible });
          const right = await decode(file);
          for (const block of [0, 1, 2, 3, 4, 16, 255, 65_535]) {
            file.writeUInt16LE(block, 32);
            expect(await decode(file)).toEqual(right);
          }
        }
      }
    }
  });

  it('has 24 bits in four bytes where the block size and the bytes per second agree on that', async () => {
    const wide = Int32Array.from(integers, (value) => value * 65_536);
    const file = wavFile(new Uint8Array(wide.buffer), { bits: 32 });
    file.writeUInt16LE(24, 34);
    expect(await decode(file)).toEqual(expected);
  });

  it.each(['RF64', 'BW64'])(
    'of the kind %s has its size in ds64, and the chunks behind are left out',
    async (magic) => {
      const large = (bytes: number, table = 0): Buffer => {
        const body = Buffer.alloc(28 + table * 12);
        body.writeBigUInt64LE(BigInt(bytes), 8);
        body.writeUInt32LE(table, 24);
        for (let at = 28; at < body.length; at += 12) body.write('LIST', at);
        return chunk('ds64', body);
      };
      const [head, format, data] = [Buffer.from('WAVE'), wavFile(pcm).subarray(12, 36), pcm];
      for (const declared of [ALL_ONES, 0, pcm.byteLength]) {
        for (const ds64 of [
          large(pcm.byteLength),
          large(pcm.byteLength, 3),
          large(pcm.byteLength).subarray(0, 36),
        ]) {
          for (const tail of [
            [],
            [chunk('LIST', Buffer.from('INFOodd'))],
            [chunk('axml', pcm), chunk('chna', pcm)],
          ]) {
            const samples = chunk('data', data);
            samples.writeUInt32LE(declared, 4);
            if (ds64.length === 36) ds64.writeUInt32LE(28, 4);
            const file = Buffer.concat([
              Buffer.from(magic),
              Buffer.alloc(4, 255),
              head,
              ds64,
              format,
              samples,
              ...tail,
            ]);
            expect(await decode(file)).toEqual(expected);
          }
        }
      }
      // A recorder that was cut off has filled neither in.
      for (const bytes of [0, 2 ** 40]) {
        const samples = chunk('data', data);
        samples.writeUInt32LE(ALL_ONES, 4);
        const file = Buffer.concat([
          Buffer.from(magic),
          Buffer.alloc(4, 255),
          head,
          large(bytes),
          format,
          samples,
        ]);
        expect(await decode(file)).toEqual(expected);
      }
    },
  );
});

const random = new Random(7);
const BEFORE: Record<string, Buffer> = {
  nothing: Buffer.alloc(0),
  'ID3v2.3': id3v2(),
  'ID3v2.3 with padding': id3v2({ padding: 3_000 }),
  'ID3v2.4 with a footer': id3v2({ footer: true }),
  'an empty ID3v2': Buffer.from('ID3\x04\0\0\0\0\0\0'),
  'two ID3v2': Buffer.concat([id3v2(), id3v2({ padding: 200 })]),
  'ID3v2 and zeros outside of it': Buffer.concat([id3v2(), Buffer.alloc(777)]),
  APEv2: apeV2(),
  'a large ID3v2': id3v2({ text: 'x'.repeat(300_000) }),
};
const BEHIND: Record<string, Buffer> = {
  nothing: Buffer.alloc(0),
  ID3v1: id3v1(),
  APEv2: apeV2(),
  'ID3v2 with a footer': id3v2({ footer: true }),
  'APEv2 and ID3v1': Buffer.concat([apeV2(), id3v1()]),
  'ID3v2 with a footer and ID3v1': Buffer.concat([id3v2({ footer: true }), id3v1()]),
  'Lyrics3 and ID3v1': Buffer.concat([lyrics3(), id3v1()]),
  'ID3v2 without a footer': id3v2(),
  zeros: Buffer.alloc(5_000),
  'half a megabyte of anything': noise(600_000, random),
};

describe.each(Object.entries(BEFORE))('with %s before it', (_, before) => {
  it('FLAC is read to its last sample, whatever is behind', async () => {
    const shapes = [
      { total: 2_000, blockSize: 192 },
      { total: 2_000, blockSize: 2_000 },
      { total: 0, blockSize: 576 },
    ];
    for (const [behind, tag] of Object.entries(BEHIND)) {
      const flac = flacFile(integers, { sampleRate: 16_000, channels: 1, ...random.pick(shapes) });
      const samples = await decode(before, flac, tag);
      // The decoder takes 32,767 for full scale.
      expect([behind, Int16Array.from(samples, (sample) => Math.round(sample * 32_767))]).toEqual([
        behind,
        integers,
      ]);
    }
  });

  it('WAV, AIFF and Ogg are read', async () => {
    for (const file of [wavFile(pcm), await fixture('tone.aiff'), await fixture('tone-opus.ogg')]) {
      expect(await decode(before, file)).toEqual(await decode(file));
    }
  });

  it('MP3 is read, and AAC is called AAC', async () => {
    const mp3 = await fixture('tone.mp3');
    expect(await decode(before, mp3)).toEqual(await decode(mp3));
    const aac = await fixture('tone.aac');
    for (const parts of [[aac], [Buffer.alloc(100), aac], [aac, id3v1()]]) {
      await expect(decode(before, ...parts)).rejects.toMatchObject({
        code: 'unsupported-media',
        message: expect.stringMatching(/^AAC is not accepted: send WAV/),
      });
    }
  });
});

describe('a FLAC file that does not count its samples', () => {
  const shape = { sampleRate: 16_000, channels: 1, blockSize: 192, total: 0 };

  it('is refused where a frame in its middle is damaged or cut out', async () => {
    const flac = flacFile(integers, shape);
    const middle = Math.floor(flac.length / 2);
    const flipped = Buffer.from(flac);
    flipped.writeUInt8(flipped.readUInt8(middle) ^ 0x55, middle);
    for (const file of [
      flipped,
      Buffer.concat([flac.subarray(0, middle), flac.subarray(middle + 700)]),
      Buffer.concat([flac, flac]),
    ]) {
      for (const behind of [Buffer.alloc(0), id3v1()]) {
        await expect(decode(file, behind)).rejects.toMatchObject({ code: 'unusable-input' });
      }
    }
  });
});

describe('an MP3 file', () => {
  const ANYTHING: Record<string, Buffer> = {
    'a zero': Buffer.alloc(1),
    zeros: Buffer.alloc(50_000),
    'many zeros': Buffer.alloc(1_000_000),
    ones: Buffer.alloc(333, 255),
    'anything, a little': noise(7, random),
    'anything, much': noise(100_000, random),
    'a line of text': Buffer.from('HTTP/1.0 200 OK\r\nContent-Type: audio/mpeg\r\n\r\n'),
    ID3v1: id3v1(),
    'ID3v2 and anything': Buffer.concat([id3v2(), noise(3_000, random)]),
    'anything and ID3v2': Buffer.concat([noise(3_000, random), id3v2()]),
    'an ID3v2 that tells a size beyond the file': id3v2({ text: 'x'.repeat(500) }).fill(0x7f, 6, 10),
    'an ID3v2 that tells too small a size': id3v2({ text: 'x'.repeat(5_000) }).fill(0, 6, 10),
  };
  it.each(Object.entries(ANYTHING))(
    'that begins with %s is read from its first frame on',
    async (_, before) => {
      for (const name of ['tone.mp3', 'tone-22050.mp3', 'tone-stereo.mp3']) {
        const mp3 = await fixture(name);
        const right = await decode(mp3);
        expect(await decode(before, mp3)).toEqual(right);
        expect(await decode(before, mp3, random.pick(Object.values(BEHIND)))).toEqual(right);
      }
    },
  );

  it('that begins in the middle of a frame gives the tone of the frames that follow', async () => {
    const mp3 = await fixture('tone.mp3');
    for (const cut of [1, 100, 209, 500, 1_001]) {
      const samples = await decode(mp3.subarray(cut));
      expect(samples.length).toBeGreaterThan(5_000);
      expect(amplitude(samples.subarray(1_600), 1_000)).toBeCloseTo(0.5, 1);
    }
  });

  it('that changes its rate or its channels is read through, with tags and anything else in between', async () => {
    const names = ['tone.mp3', 'tone-22050.mp3', 'tone-48000-stereo.mp3', 'tone-stereo.mp3'];
    const between = [
      Buffer.alloc(0),
      id3v2(),
      id3v1(),
      Buffer.concat([id3v1(), id3v2()]),
      noise(2_000, random),
    ];
    for (let number = 0; number < 20; number++) {
      const order = Array.from({ length: 2 + random.below(3) }, () => random.pick(names));
      const files = await Promise.all(order.map(fixture));
      const samples = await decode(...files.flatMap((file) => [random.pick(between), file]));
      // A frame with the writer's notes and what codecs add before and behind may come with each part.
      const seconds = samples.length / 16_000;
      expect(seconds).toBeGreaterThanOrEqual(order.length * 0.5);
      expect(seconds).toBeLessThan(order.length * 0.66);
      const part = samples.length / order.length;
      for (let index = 0; index < order.length; index++) {
        const middle = Math.round((index + 0.5) * part);
        expect(amplitude(samples.subarray(middle - 1_000, middle + 1_000), 1_000)).toBeCloseTo(0.5, 1);
      }
    }
  });

  it('is not found in files that hold no frames', async () => {
    for (const bytes of [
      noise(300_000, random),
      Buffer.alloc(300_000),
      Buffer.alloc(300_000, 255),
      id3v2(),
      apeV2(),
    ]) {
      await expect(decode(bytes)).rejects.toMatchObject({ code: 'unsupported-media' });
    }
  });
});

describe('an AIFF file', () => {
  it('is read without what is behind it, and to the end of its samples though fewer are counted', async () => {
    const plain = await fixture('tone.aiff');
    const right = await decode(plain);
    for (const behind of [id3v1(), Buffer.alloc(5_000), noise(5_000, random), plain]) {
      expect(await decode(plain, behind)).toEqual(right);
    }
    const fewer = Buffer.from(plain);
    fewer.writeUInt32BE(10, plain.indexOf('COMM') + 10);
    expect(await decode(fewer)).toEqual(right);
    await expect(decode(plain.subarray(0, -100))).rejects.toMatchObject({
      message: expect.stringMatching(/cut short/),
    });
  });

  it('has the coding that it names, whatever its form is', async () => {
    const sample = Buffer.from(await fixture('tone.aiff'));
    const at = sample.indexOf('COMM') + 4;
    sample.writeUInt32BE(24, at);
    const named = Buffer.concat([
      sample.subarray(0, at + 22),
      Buffer.from('sowt\0\0'),
      sample.subarray(at + 22),
    ]);
    const form = Buffer.from(named);
    form.write('AIFC', 8);
    expect(await decode(named)).toEqual(await decode(form));
  });

  it.each([0, 0x7f00_0008, 0x7fff_ffff, ALL_ONES])(
    'whose samples are told to be %i bytes is read to its end',
    async (size) => {
      const plain = await fixture('tone.aiff');
      const [samplesAt, dataAt] = [plain.indexOf('COMM') + 10, plain.indexOf('SSND') + 4];
      for (const samples of [0, plain.readUInt32BE(samplesAt), ALL_ONES]) {
        const file = Buffer.from(plain);
        file.writeUInt32BE(samples, samplesAt);
        file.writeUInt32BE(size, dataAt);
        expect(await decode(file)).toEqual(await decode(plain));
      }
    },
  );
});

describe('Opus in WebM or Matroska', async () => {
  const [setup = pcm, , ...packets] = [...new OggReader().push(await fixture('tone-opus.ogg'))].flatMap(
    (page) => page.packets,
  );

  it.each(['xiph', 'ebml', 'fixed'] satisfies Lacing[])(
    'is read the same with %s lacing as without, whatever is around',
    async (lacing) => {
      const plain = await decode(webmFile(setup, packets));
      expect(amplitude(plain, 1_000)).toBeCloseTo(0.5, 1);
      for (const perBlock of [1, 3, 200]) {
        for (const groups of [false, true]) {
          for (const live of [false, true]) {
            for (const video of [false, true]) {
              const options = { lacing, perBlock, groups, live, video };
              expect(await decode(webmFile(setup, packets, options))).toEqual(plain);
            }
          }
        }
      }
    },
  );

  it('ends before the padding of its last block, as long as the same in Ogg', async () => {
    const ogg = await decode(await fixture('tone-opus.ogg'));
    const whole = await decode(webmFile(setup, packets));
    const padding = Math.round(((whole.length - ogg.length) / 16_000) * 1e9);
    for (const lacing of ['none', 'xiph'] as const) {
      const file = webmFile(setup, packets, { lacing, perBlock: 4, groups: true, video: true, padding });
      expect(await decode(file)).toEqual(ogg);
    }
  });

  it('is read without what is behind its segment, and with what the size of that leaves out', async () => {
    const file = webmFile(setup, packets);
    const plain = await decode(file);
    for (const behind of [id3v1(), Buffer.alloc(5_000), Buffer.alloc(1), Buffer.from('</html>\r\n')]) {
      expect(await decode(file, behind)).toEqual(plain);
    }
    const twice = await decode(file, file);
    expect(twice.length).toBeGreaterThan(1.9 * plain.length);
    // Behind its id the segment has its size in two bytes, as one of some thousand bytes does.
    const content = file.indexOf('18538067', 0, 'hex') + 6;
    const short = Buffer.from(file);
    short.writeUInt16BE(0x4000 | (file.indexOf('1f43b675', content, 'hex') - content), content - 2);
    expect(await decode(short)).toEqual(plain);
  });

  it('is unpacked where its blocks are compressed, and refused where that is not possible', async () => {
    const plain = await decode(webmFile(setup, packets));
    for (const compression of ['zlib', 'stripped'] as const) {
      for (const lacing of ['none', 'xiph', 'ebml'] as const) {
        const file = webmFile(setup, packets, { lacing, perBlock: 3, compression });
        expect(await decode(file)).toEqual(plain);
        for (const algorithm of [1, 2, 4]) {
          const other = Buffer.from(file);
          const field = other.indexOf(Buffer.of(0x42, 0x54, 0x81));
          other.writeUInt8(algorithm, field + 3);
          await expect(decode(other)).rejects.toMatchObject({ code: 'unsupported-media' });
        }
      }
    }
    // A packet that inflates to a megabyte.
    const bomb = webmFile(setup, [Buffer.alloc(1_000_000)], { compression: 'zlib' });
    await expect(decode(bomb)).rejects.toMatchObject({ code: 'unusable-input' });
  });
});
