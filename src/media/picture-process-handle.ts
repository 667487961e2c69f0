import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Readable, Writable } from 'node:stream';
import { type SandpiperError, fromPlainError } from '../errors.ts';
import { threadEntry } from '../package-files.ts';
import { damaged, tooSlow, type Picture } from './decode-pixels.ts';
import type { PlacedPicture } from './decode-placed.ts';
import { DecoderHandle } from './decoder-handle.ts';
import { DecoderPool } from './decoder-pool.ts';
import { onFrames, writeFrame, type PictureReply, type PictureRequest } from './picture-protocol.ts';

/** JavaScript heap of the process; files and pixels lie outside of it. */
const FLAGS = ['--max-old-space-size=96', '--max-semi-space-size=4'];

/** A decoded picture, with its place in the client's picture if that was asked for. */
export type Decoded = Picture & Partial<PlacedPicture>;

/** An idle process is kept so long: starting one takes about 0.2 s, and it holds some 60 MB. */
const IDLE_MS = 30_000;

/** While there are two slots or more, one client takes all but one. */
export function pictureProcesses(slots: number): DecoderPool<PictureProcessHandle> {
  const make = (): PictureProcessHandle => new PictureProcessHandle();
  const slotsPerClient = Math.max(1, slots - 1);
  return new DecoderPool({ make, slots, slotsPerClient, idleMs: IDLE_MS, what: 'picture' });
}

interface Call {
  request: PictureRequest;
  bytes: Uint8Array;
}

/** One process and the picture that it decodes. */
export class PictureProcessHandle extends DecoderHandle<Call, Decoded> {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  protected override readonly name = 'The process that decodes pictures';
  readonly #gone = Promise.withResolvers<void>();

  constructor() {
    super();
    const entry = threadEntry(import.meta.url, './picture-process.ts');
    // Deny by default: no environment, flags, folder or files of this process.
    this.#child = spawn(process.execPath, [...FLAGS, fileURLToPath(entry)], {
      env: {},
      cwd: '/',
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
    });
    const die = (cause?: unknown) => this.die(cause);
    onFrames(
      this.#child.stdout,
      MAX_BODY_BYTES,
      (reply, body) => this.#onReply(reply as PictureReply, body),
      die,
    );
    this.#child.on('error', (cause) => {
      die(cause);
      this.#gone.resolve();
    });
    // Its last words come before.
    this.#child.on('close', () => {
      die();
      this.#gone.resolve();
    });
    this.#child.stdin.on('error', die);
    this.hold(false);
  }

  /** One call at a time. Kills the process when the call's time is up or `signal` aborts. */
  async decode(request: PictureRequest, bytes: Uint8Array, signal: AbortSignal): Promise<Decoded> {
    return this.call({ request, bytes }, signal);
  }

  override async end(): Promise<void> {
    this.ended = true;
    this.#child.kill('SIGKILL');
    // Keeps this process alive until its end.
    this.hold(true);
    await this.#gone.promise;
  }

  protected override send({ request, bytes }: Call): void {
    const { format, limits } = request;
    this.timer = setTimeout(() => this.fail(tooSlow(format, limits)), limits.pictureDecodeMs);
    writeFrame(this.#child.stdin, request, bytes);
  }

  #onReply(reply: PictureReply, body: Buffer): void {
    if (reply.kind === 'ready') return this.start();
    const call = this.running;
    if (call === undefined) return;
    this.ended ||= reply.last;
    if (reply.kind === 'failed') return call.reject(fromPlainError(reply.error));
    const { kept, ...facts } = reply.picture;
    const size = facts.width * facts.height * CHANNELS[facts.format];
    const keptSize = kept === undefined ? 0 : kept.width * kept.height * CHANNELS.rgb8;
    if (body.length !== size + keptSize) return this.die();
    const pixels = new Uint8Array(body.subarray(0, size));
    if (kept === undefined) return call.resolve({ ...facts, pixels });
    call.resolve({ ...facts, pixels, kept: { ...kept, pixels: new Uint8Array(body.subarray(size)) } });
  }

  protected override broken({ request }: Call, cause: unknown): SandpiperError {
    return damaged(request.format, cause);
  }

  protected override hold(alive: boolean): void {
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
