import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Readable, Writable } from 'node:stream';
import { SandpiperError, fromPlainError } from '../errors.ts';
import { threadEntry } from '../package-files.ts';
import { damaged, tooSlow, type Picture } from './decode-pixels.ts';
import type { PlacedPicture } from './decode-placed.ts';
import { onFrames, writeFrame, type PictureReply, type PictureRequest } from './picture-protocol.ts';
import { abortError, onAbort } from '../async/on-abort.ts';

/** Loading the process's own files; far more than that takes under any load. */
const START_MS = 15_000;

/** JavaScript heap of the process; files and pixels lie outside of it. */
const FLAGS = ['--max-old-space-size=96', '--max-semi-space-size=4'];

/** A decoded picture, with its place in the client's picture if that was asked for. */
export type Decoded = Picture & Partial<PlacedPicture>;

interface Call {
  request: PictureRequest;
  bytes: Uint8Array;
  resolve: (picture: Decoded) => void;
  reject: (error: SandpiperError) => void;
}

/**
 * One process and the picture that it decodes. Whatever happens to the process, its call settles; after that
 * the process is `ended` and another one is to be made. While it is idle it does not keep this process alive.
 */
export class PictureProcessHandle {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  #running: Call | undefined;
  /** Deadline of the process's start, then of the decoding itself. */
  #timer: NodeJS.Timeout | undefined;
  #ready = false;
  #ended = false;
  readonly #gone = Promise.withResolvers<void>();

  constructor() {
    const entry = threadEntry(import.meta.url, './picture-process.ts');
    // Deny by default: no environment, flags, folder or files of this process.
    this.#child = spawn(process.execPath, [...FLAGS, fileURLToPath(entry)], {
      env: {},
      cwd: '/',
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
    });
    const fail = (cause?: unknown) => this.#fail(this.#death(cause));
    onFrames(
      this.#child.stdout,
      MAX_BODY_BYTES,
      (reply, body) => this.#onReply(reply as PictureReply, body),
      fail,
    );
    this.#child.on('error', (cause) => {
      fail(cause);
      this.#gone.resolve();
    });
    // Its last words come before.
    this.#child.on('close', () => {
      fail();
      this.#gone.resolve();
    });
    this.#child.stdin.on('error', fail);
    this.#hold(false);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /**
   * One call at a time. Kills the process when the call's time is up or `signal` aborts; the promise settles
   * only when the process is really gone, so that never more of them decode than may.
   */
  async decode(request: PictureRequest, bytes: Uint8Array, signal?: AbortSignal): Promise<Decoded> {
    using _listener = onAbort(signal, () => {
      if (signal !== undefined) this.#fail(abortError(signal));
    });
    this.#hold(true);
    try {
      return await new Promise((resolve, reject) => {
        this.#running = { request, bytes, resolve, reject };
        if (this.#ready) this.#send(this.#running);
        else this.#timer = setTimeout(() => this.#fail(this.#death()), START_MS);
      });
    } finally {
      clearTimeout(this.#timer);
      this.#running = undefined;
      if (this.#ended) await this.end();
      else this.#hold(false);
    }
  }

  async end(): Promise<void> {
    this.#ended = true;
    this.#child.kill('SIGKILL');
    // Keeps this process alive until its end.
    this.#hold(true);
    await this.#gone.promise;
  }

  /** Only once the process runs: it is then clear whether it or the file is to blame when it ends. */
  #send({ request, bytes }: Call): void {
    clearTimeout(this.#timer);
    const { format, limits } = request;
    this.#timer = setTimeout(() => this.#fail(tooSlow(format, limits)), limits.pictureDecodeMs);
    writeFrame(this.#child.stdin, request, bytes);
  }

  #onReply(reply: PictureReply, body: Buffer): void {
    if (reply.kind === 'ready') {
      this.#ready = true;
      if (this.#running !== undefined) this.#send(this.#running);
      return;
    }
    const call = this.#running;
    if (call === undefined) return;
    this.#ended ||= reply.last;
    if (reply.kind === 'failed') return call.reject(fromPlainError(reply.error));
    const { kept, ...facts } = reply.picture;
    const size = facts.width * facts.height * CHANNELS[facts.format];
    const keptSize = kept === undefined ? 0 : kept.width * kept.height * CHANNELS.rgb8;
    if (body.length !== size + keptSize) return this.#fail(this.#death());
    const pixels = new Uint8Array(body.subarray(0, size));
    if (kept === undefined) return call.resolve({ ...facts, pixels });
    call.resolve({ ...facts, pixels, kept: { ...kept, pixels: new Uint8Array(body.subarray(size)) } });
  }

  #fail(error: SandpiperError): void {
    this.#ended = true;
    this.#running?.reject(error);
  }

  /** A process that never ran is the operator's to repair; one that ran broke down over the client's file. */
  #death(cause?: unknown): SandpiperError {
    if (!this.#ready || this.#running === undefined) {
      return new SandpiperError('internal', 'The process that decodes pictures does not start', { cause });
    }
    return damaged(this.#running.request.format, cause);
  }

  /** Whether it keeps this process alive. */
  #hold(alive: boolean): void {
    // The streams are sockets, whatever their types say.
    for (const part of [
      this.#child,
      this.#child.stdin,
      this.#child.stdout,
    ] as unknown as NodeJS.RefCounted[]) {
      if (alive) part.ref();
      else part.unref();
    }
  }
}

const CHANNELS = { rgb8: 3, gray8: 1 } as const;
/** A picture of the largest size, and as much again and more that is kept beside it. */
const MAX_BODY_BYTES = 2 ** 30;
