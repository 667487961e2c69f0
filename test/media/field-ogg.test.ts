/** Ogg as other programs write it, and as it arrives: with other streams, tags of any size, pages that were lost. */
import { readFile } from 'node:fs/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { SERVICE_LIMITS } from '../../src/config/limits.ts';
import { SoundDecoder } from '../../src/media/sound-decoder.ts';
import { OggReader } from '../../src/media/sound/ogg.ts';
import { Random } from '../fuzz/random.ts';
import { oggPacket } from './support/ogg.ts';
import { apeV2, id3v1, lyrics3, noise, uint32 } from './support/tags.ts';

const decoder = new SoundDecoder(SERVICE_LIMITS);
afterAll(async () => decoder[Symbol.asyncDispose]());

const fixture = async (name: string) => readFile(new URL(`fixtures/${name}`, import.meta.url));
const decode = async (...parts: Uint8Array[]) => decoder.decode(Buffer.concat(parts), 16_000);
const random = new Random(7);

describe('an Ogg file', () => {
  const pagesOf = async (name: string): Promise<Buffer[]> =>
    [...new OggReader().push(await fixture(name))].map(({ raw }) => Buffer.from(raw));

  it.each([
    ['tone-opus.ogg', 'OpusTags'],
    ['tone-vorbis.ogg', '\x03vorbis'],
  ])('of %s is read whatever size the pictures in its tags have', async (name, magic) => {
    const file = await fixture(name);
    const [first, second, ...sound] = [...new OggReader().push(file)];
    const serial = file.readUInt32LE(14);
    const [, ...setup] = second?.packets ?? [];
    const right = await decode(file);
    for (const size of [0, 60_000, 65_025, 1 << 20]) {
      const comment = Buffer.concat([Buffer.from(`METADATA_BLOCK_PICTURE=`), Buffer.alloc(size, 'A')]);
      const long = Buffer.concat([
        Buffer.from(magic, 'latin1'),
        uint32(0),
        uint32(1),
        uint32(comment.length),
        comment,
        Buffer.of(1),
      ]);
      const parts = [long, ...setup].map((packet) => oggPacket(packet, serial));
      expect(await decode(first?.raw ?? file, ...parts, ...sound.map(({ raw }) => raw))).toEqual(right);
    }
  });

  const names = ['tone-opus-pages.ogg', 'tone-vorbis-pages.ogg'];

  it.each(names)('of %s is refused where pages are missing between its pages of sound', async (name) => {
    const pages = await pagesOf(name);
    const sound = pages.findIndex((page) => page.readBigInt64LE(6) > 0n);
    for (let lost = sound + 1; lost < pages.length - 1; lost++) {
      await expect(decode(...pages.toSpliced(lost, 1))).rejects.toMatchObject({
        code: 'unusable-input',
        message: expect.stringMatching(/damaged: pages are missing before its page \d+/),
      });
    }
  });

  it.each(names)('of %s is read whatever its pages are numbered, if no page is missing', async (name) => {
    const pages = await pagesOf(name);
    const sound = pages.findIndex((page) => page.readBigInt64LE(6) > 0n);
    const right = await decode(...pages);
    for (const number of [
      () => 0,
      (at: number) => at + 1,
      (at: number) => (at < sound ? at : at + 5_000),
      (at: number) => pages.length - at,
    ]) {
      const numbered = pages.map((page, at) => Buffer.from(page).fill(uint32(number(at)), 18, 22));
      expect(await decode(...numbered)).toEqual(right);
    }
  });

  it.each(names)('of %s is read once where each of its pages comes twice', async (name) => {
    const pages = await pagesOf(name);
    expect(await decode(...pages.flatMap((page) => [page, page]))).toEqual(await decode(...pages));
  });

  it.each(names)('of %s is refused where it goes on behind its last page', async (name) => {
    const pages = await pagesOf(name);
    pages.at(-3)?.writeUInt8(4, 5);
    await expect(decode(...pages)).rejects.toMatchObject({
      code: 'unusable-input',
      message: expect.stringMatching(/goes on behind its last page/),
    });
  });

  it.each(names)('of %s is read beside other streams, whichever comes first', async (name) => {
    const pages = await pagesOf(name);
    const [first = Buffer.alloc(0), ...others] = pages;
    const other = (flags: number): Buffer => {
      const page = oggPacket(Buffer.from('fishead\0something'), 77);
      page.writeUInt8(flags, 5);
      return page;
    };
    const between = others.flatMap((page) => [page, other(0)]);
    const right = await decode(...pages);
    for (const parts of [
      [other(2), first, ...between, other(4)],
      [first, other(2), ...between, other(4)],
    ]) {
      expect(await decode(...parts)).toEqual(right);
    }
  });

  it('of Opus whose last page tells no position is read to its end', async () => {
    const pages = await pagesOf('tone-opus-pages.ogg');
    const right = await decode(...pages);
    pages.at(-1)?.writeBigInt64LE(0n, 6);
    const samples = await decode(...pages);
    expect(samples.length).toBeGreaterThanOrEqual(right.length);
    expect(samples.subarray(0, right.length)).toEqual(right);
  });

  it.each(['tone-opus.ogg', 'tone-vorbis.ogg'])('of %s is read without what is behind it', async (name) => {
    const file = await fixture(name);
    const right = await decode(file);
    for (const behind of [
      id3v1(),
      apeV2(),
      lyrics3(),
      Buffer.alloc(1),
      Buffer.alloc(5_000),
      noise(300, random),
    ]) {
      expect(await decode(file, behind)).toEqual(right);
    }
  });
});
