/**
 * Entry of a process that decodes one picture after another, of files that may be slow or take much memory:
 * {@link PictureProcessHandle} owns it and kills it at its limit of time. It watches over its own memory, and is gone
 * with the process that started it.
 */
import { existsSync, writeFileSync, writeSync } from 'node:fs';
import { setPriority } from 'node:os';
import { toPlainError } from '../errors.ts';
import { decodePixels, ownThisProcess, readHeader, type Picture } from './decode-pixels.ts';
import { decodePlaced, type PlacedPicture } from './decode-placed.ts';
import { frame, onFrames, writeFrame, type PictureReply, type PictureRequest } from './picture-protocol.ts';
import { brandAsAvif } from './picture/avif.ts';
import { unusable } from './picture/picture-limits.ts';
import { maybePictureShape } from './picture/read-picture.ts';

/** How often it looks at its memory, which it may fill by a gigabyte a second. */
const LOOK_MS = 5;
/** Memory that the largest picture left behind is given back by ending. */
const GROWN_BYTES = 200_000_000;
const OOM_SCORE = '/proc/self/oom_score_adj';
/** A third of the share of those that answer quick requests, while there is not enough for all. */
const NICENESS = 5;
const MiB = 2 ** 20;

ownThisProcess();
// Others' pictures, and the service itself, go first.
setPriority(NICENESS);
// Where the machine runs out of memory, it is this process that goes.
if (existsSync(OOM_SCORE)) writeFileSync(OOM_SCORE, '1000');

// Ends at once, even in the middle of a picture, which `process.exit` would wait for.
const end = () => process.kill(process.pid, 'SIGKILL');
process.stdin.on('end', end);
process.stdout.on('error', end);
onFrames(process.stdin, Infinity, (request, file) => void answer(request as PictureRequest, file), end);
reply({ kind: 'ready' });

async function answer(request: PictureRequest, file: Buffer): Promise<void> {
  const { format, limits } = request;
  // The memory of the process itself does not count.
  const most = process.memoryUsage.rss() + limits.pictureMemoryBytes;
  const watch = setInterval(() => {
    if (process.memoryUsage.rss() <= most) return;
    const megabytes = Math.ceil(limits.pictureMemoryBytes / MiB);
    const why = `that takes more than ${megabytes} MB of memory; send it smaller, or as a JPEG`;
    for (const part of frame({ kind: 'failed', last: true, error: toPlainError(unusable(format, why)) })) {
      writeSync(process.stdout.fd, part);
    }
    end();
  }, LOOK_MS);
  try {
    const shape = maybePictureShape(file, format, limits);
    if (format === 'AVIF') brandAsAvif(file);
    const whole = file.subarray(0, shape?.end);
    const decoded: Picture & Partial<PlacedPicture> =
      request.kind === 'placed'
        ? await decodePlaced(whole, format, request.want, limits)
        : await decodePixels(whole, format, request.want, limits, await readHeader(whole, format, limits));
    const { pixels, kept, ...facts } = decoded;
    if (kept === undefined) return reply({ kind: 'decoded', last: hasGrown(), picture: facts }, pixels);
    const { pixels: keptPixels, ...keptFacts } = kept;
    reply({ kind: 'decoded', last: hasGrown(), picture: { ...facts, kept: keptFacts } }, pixels, keptPixels);
  } catch (thrown) {
    reply({ kind: 'failed', last: hasGrown(), error: toPlainError(thrown) });
  } finally {
    clearInterval(watch);
  }
}

function hasGrown(): boolean {
  return process.memoryUsage.rss() > GROWN_BYTES;
}

function reply(message: PictureReply, ...pixels: Uint8Array[]): void {
  writeFrame(process.stdout, message, ...pixels);
}
