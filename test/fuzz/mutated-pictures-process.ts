/**
 * Decodes mutants of pictures and says what came of each: a line in JSON before and one behind. It runs in a process
 * of its own, so that a crash of the decoder is a finding.
 *
 * Arguments: seed, number of the first mutant, how many, milliseconds.
 */
import sharp from 'sharp';
import { SERVICE_LIMITS } from '../../src/config/limits.ts';
import { SandpiperError } from '../../src/errors.ts';
import { PictureDecoder } from '../../src/media/picture-decoder.ts';
import { jpegOfScans, tiffOfPages } from '../media/support/hostile-pictures.ts';
import { wanted } from '../media/support/pictures.ts';
import { mutateJpeg, mutateTiff } from './mutate-picture.ts';
import { Random } from './random.ts';

const [seed = 0, first = 0, count = 0, milliseconds = 0] = process.argv.slice(2).map(Number);
const DECODE_MS = 5_000;
/** For the turn and the process that decodes. */
const ROUND_MS = 3_000;
const LANES = 3;

const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
const create = { width: 60, height: 44, channels: 3, background: 'grey', noise } as const;
const image = sharp({ create }).blur(1);
const jpegs = [
  await image.clone().jpeg().toBuffer(),
  await image.clone().jpeg({ progressive: true, chromaSubsampling: '4:4:4' }).toBuffer(),
  await image
    .clone()
    .withMetadata({ orientation: 6 })
    .withIccProfile('p3')
    .jpeg({ optimiseCoding: false })
    .toBuffer(),
  await image.clone().toColourspace('cmyk').jpeg().toBuffer(),
  await image.clone().greyscale().jpeg({ mozjpeg: true }).toBuffer(),
  jpegOfScans([60, 44], 30),
];
const tiffs = [
  await image.clone().tiff({ compression: 'lzw' }).toBuffer(),
  await image.clone().tiff({ compression: 'jpeg', tile: true, tileWidth: 32, tileHeight: 32 }).toBuffer(),
  await image.clone().tiff({ compression: 'deflate', predictor: 'horizontal' }).toBuffer(),
  await image.clone().tiff({ compression: 'packbits' }).toBuffer(),
  await image.clone().greyscale().tiff({ compression: 'none' }).toBuffer(),
  tiffOfPages(5),
];
const wants = [
  wanted(),
  wanted({ fit: 'crop', cropFraction: 0.875 }),
  wanted({ fit: 'pad', format: 'gray8' }),
];

await using decoder = new PictureDecoder({
  ...SERVICE_LIMITS,
  pictureDecodeMs: DECODE_MS,
  slowPictures: LANES,
});
const good = jpegs[0] ?? Buffer.alloc(0);
const expected = (await decoder.decode(good, wanted())).pixels;

const end = performance.now() + milliseconds;
let next = first;
await Promise.all(
  Array.from({ length: LANES }, async () => {
    while (next < first + count && performance.now() < end) {
      const number = next++;
      say({ number });
      say({ number, outcome: await outcomeOf(new Random(Math.imul(seed, 1_000_003) + number)) });
    }
  }),
);
const { pixels } = await decoder.decode(good, wanted());
say({ good: Buffer.compare(pixels, expected) === 0 });

async function outcomeOf(random: Random): Promise<string> {
  const isJpeg = random.below(5) < 3;
  const mutant = isJpeg ? mutateJpeg(random.pick(jpegs), random) : mutateTiff(random.pick(tiffs), random);
  const want = random.pick(wants);
  const start = performance.now();
  try {
    const { pixels: shown } = await decoder.decode(mutant, want);
    const channels = want.format === 'gray8' ? 1 : 3;
    return shown.length === want.width * want.height * channels
      ? 'shown'
      : `surprise: ${shown.length} pixels`;
  } catch (thrown) {
    const took = performance.now() - start;
    if (took > DECODE_MS + ROUND_MS) return `surprise: ${took} ms`;
    if (!(thrown instanceof SandpiperError)) return `surprise: ${String(thrown)}`;
    return thrown.actor === 'client'
      ? `refused: ${thrown.code}`
      : `surprise: ${thrown.code} ${thrown.message}`;
  }
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
