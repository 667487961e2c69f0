/** A file of a multipart form that is taken while it comes, where somebody wants it so, and kept in memory otherwise. */
import type { Request } from 'express';
import multer from 'multer';

export interface ComingFile {
  readonly stream: AsyncIterable<Uint8Array>;
  /** The beginning that has arrived, which is in the stream as well. */
  readonly head: Uint8Array;
  /** Fields that came before it. */
  readonly fields: ReadonlyMap<string, unknown>;
}

/** Takes a file while it comes; false: it is wanted as a whole. */
export type TakeFile = (file: ComingFile) => Promise<boolean>;

type FileHandled = (error?: unknown, info?: Partial<Express.Multer.File>) => void;

export class ComingFiles implements multer.StorageEngine {
  readonly #take: TakeFile;
  readonly #fail: (error: unknown) => void;
  readonly #memory = multer.memoryStorage();

  /** @param fail called at once when the file fails; multer reports that only after the whole body */
  constructor(take: TakeFile, fail: (error: unknown) => void) {
    this.#take = take;
    this.#fail = fail;
  }

  _handleFile(request: Request, file: Express.Multer.File, done: FileHandled): void {
    file.stream.once('readable', () => void this.#handle(request, file, done));
  }

  _removeFile(request: Request, file: Express.Multer.File, done: (error: Error | null) => void): void {
    this.#memory._removeFile(request, file, done);
  }

  async #handle(request: Request, file: Express.Multer.File, done: FileHandled): Promise<void> {
    const { stream } = file;
    const head = stream.read() as Buffer | null;
    // It has already ended: a reader gets no second end.
    if (head === null) return done(undefined, { buffer: Buffer.alloc(0), size: 0 });
    stream.unshift(head);
    try {
      if (await this.#take({ stream, head, fields: fieldsOf(request) })) done(undefined, {});
      else this.#memory._handleFile(request, file, done);
    } catch (error) {
      this.#fail(error);
      done(error);
    }
  }
}

/** The fields of a form by name, as multer leaves them. */
export function fieldsOf({ body }: { body?: unknown }): ReadonlyMap<string, unknown> {
  return new Map(typeof body === 'object' && body !== null ? Object.entries(body) : []);
}
