/** A picture or a sound, in whatever form a program has it. */
import { open } from 'node:fs/promises';
import { onAbort } from '../async/on-abort.ts';
import { SandpiperError, inputTooLarge, invalidRequest } from '../errors.ts';
import type { FileInput } from './api/request.ts';

export interface ReadFileOptions {
  maxBytes: number;
  signal?: AbortSignal | undefined;
}

/**
 * All bytes of it; what is over the limit is not read to its end.
 *
 * @throws SandpiperError `invalid-request` (no file, or none that can be read), `input-too-large`; the signal's reason
 */
export async function readFile(file: FileInput, options: ReadFileOptions): Promise<Uint8Array> {
  options.signal?.throwIfAborted();
  if (file instanceof ArrayBuffer) return assertFits(new Uint8Array(file), options);
  if (file instanceof Blob) return readChunks(file.stream(), options);
  if (typeof file === 'string' || file instanceof URL) return readPath(file, options);
  if (typeof file === 'object' && file !== null && Symbol.asyncIterator in file)
    return readChunks(file, options);
  throw invalidRequest(
    'Expected the file as a Uint8Array, an ArrayBuffer, a Blob, a stream of bytes or a path.',
  );
}

/** @throws SandpiperError `input-too-large` */
export function assertFits(bytes: Uint8Array, { maxBytes }: ReadFileOptions): Uint8Array {
  if (bytes.byteLength > maxBytes) throw tooLarge(maxBytes);
  return bytes;
}

async function readPath(path: string | URL, options: ReadFileOptions): Promise<Uint8Array> {
  try {
    await using handle = await open(path);
    return await readChunks(handle.createReadStream({ autoClose: false }), options);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (error instanceof SandpiperError || options.signal?.aborted === true || code === '') throw error;
    const message = `The file ${String(path).slice(0, 200)} cannot be read (${code}).`;
    throw invalidRequest(message, { cause: error });
  }
}

async function readChunks(
  chunks: AsyncIterable<Uint8Array>,
  { maxBytes, signal }: ReadFileOptions,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const iterator = chunks[Symbol.asyncIterator]();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  aborted.catch(() => undefined);
  using _listener = onAbort(signal, () => reject(signal?.reason));
  try {
    for (;;) {
      // A stream that gives nothing more is left at once.
      const next: IteratorResult<unknown, unknown> = await Promise.race([iterator.next(), aborted]);
      const { value } = next;
      if (next.done === true) return Buffer.concat(parts, length);
      if (!(value instanceof Uint8Array))
        throw invalidRequest('Expected a stream of bytes: its chunks are no Uint8Array.');
      length += value.byteLength;
      if (length > maxBytes) throw tooLarge(maxBytes);
      parts.push(value);
    }
  } catch (error) {
    // It ends by itself: there is no caller to wait for it.
    iterator.return?.().catch(() => undefined);
    throw error;
  }
}

function tooLarge(maxBytes: number): SandpiperError {
  return inputTooLarge(
    `The file is too large: at most ${maxBytes} bytes are taken, as the limit uploadBytes says.`,
  );
}
