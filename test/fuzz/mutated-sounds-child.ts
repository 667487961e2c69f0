/**
 * Decodes mutated sounds one after another in this process, which the test watches: it says each number before it
 * begins, so that a crash, or a call without end, is told with its mutant.
 *
 * Arguments: seed, first number, how many, milliseconds.
 */
import { readFile } from 'node:fs/promises';
import { SandpiperError } from '../../src/errors.ts';
import { decodeWhole } from '../../src/media/sound/decode-whole.ts';
import { OggReader } from '../../src/media/sound/ogg.ts';
import { flacFile } from '../media/support/flac.ts';
import { webmFile } from '../media/support/webm.ts';
import { mutateFlac } from './mutate-flac.ts';
import { mutateWebm } from './mutate-webm.ts';
import { Random } from './random.ts';

const [seed = 1, first = 0, count = 1, ms = 1_000] = process.argv.slice(2).map(Number);
const BOUNDS = { soundSeconds: 60, soundSamples: 10_000_000 };
const FORESEEN = ['unsupported-media', 'unusable-input', 'input-too-large'];

const fixture = async (name: string) =>
  new Uint8Array(await readFile(new URL(`../media/fixtures/${name}`, import.meta.url)));
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
for (const method of ['log', 'error', 'warn'] as const) console[method] = () => undefined;

const noise = Int16Array.from({ length: 6_000 }, (_, at) => ((at * 7_919) % 65_536) - 32_768);
const flacs = [
  await fixture('tone.flac'),
  flacFile(noise, { sampleRate: 44_100, channels: 2, blockSize: 500, total: 3_000 }),
  flacFile(noise, { sampleRate: 384_000, channels: 6, blockSize: 250 }),
];
const [setup = new Uint8Array(), , ...packets] = [
  ...new OggReader().push(await fixture('tone-opus.ogg')),
].flatMap((page) => page.packets);
const webms = [
  await fixture('tone.webm'),
  webmFile(setup, packets, { lacing: 'ebml', perBlock: 5, groups: true }),
  webmFile(setup, packets, { lacing: 'xiph', perBlock: 8, video: true }),
  webmFile(setup, packets, { lacing: 'fixed', perBlock: 3 }),
  webmFile(setup, packets, { groups: true, compression: 'zlib', padding: 9_000_000 }),
  webmFile(setup, packets, { lacing: 'ebml', perBlock: 4, compression: 'stripped' }),
];

async function outcome(file: Uint8Array): Promise<string> {
  try {
    const samples = await decodeWhole(file, 16_000, BOUNDS);
    return samples.every(Number.isFinite) ? 'decoded' : 'surprise: samples that are no numbers';
  } catch (error) {
    if (!(error instanceof SandpiperError)) return `surprise: ${String(error)}`;
    return FORESEEN.includes(error.code) ? error.code : `surprise: ${error.code}`;
  }
}

const end = performance.now() + ms;
for (let number = first; number < first + count && performance.now() < end; number++) {
  say({ begins: number });
  const random = new Random(Math.imul(seed, 1_000_003) + number);
  const file =
    random.below(2) === 0 ? mutateFlac(random.pick(flacs), random) : mutateWebm(random.pick(webms), random);
  say({ number, outcome: await outcome(file), rss: process.memoryUsage.rss() });
}
