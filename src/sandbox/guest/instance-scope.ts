/**
 * The import object of one component instance: what its manifest lists, and nothing of the host.
 *
 * An instance is made before its request is known: what a call brings is set when it begins.
 */
import { monotonicMs } from '../../async/clock.ts';
import type { GuestEngine } from '../../engine/guest-engine.ts';
import { ResourceMeter } from '../../nn/resource-meter.ts';
import { WasiNn } from '../../nn/wasi-nn.ts';
import { witImports } from '../../nn/wit-versions.ts';
import type { FolderImage } from '../../capabilities/filesystem/folder-image.ts';
import type { FromGuest, GuestCall, GuestProgram, LiveReport } from '../guest-protocol.ts';
import { FolderWriter } from '../../capabilities/filesystem/folder-writer.ts';
import { LiveSound } from './live-sound.ts';
import { bytesOf, type GuestOutput } from '../prediction/guest-values.ts';
import type { PredictionContract } from '../prediction/prediction-contract.ts';
import {
  MAX_SAMPLES_PER_READ,
  readRegion,
  readSamples,
  soundOf,
  type RegionArguments,
} from '../prediction/request-media.ts';
import { guestStreams } from '../streams/guest-streams.ts';
import { HandleCount } from '../../capabilities/host/handle-count.ts';
import type { Imports, MakeWasi, WasiHost, WasiPart } from '../../capabilities/wasi-host.ts';

/** Counted for each log line besides its text, so that empty lines are bounded too. */
const LINE_BYTES = 16;
/** Counted for each update besides its text, since each is a message to the main thread. */
const REPORT_BYTES = 256;

/** How long a long call works before it gives way to others. */
const SLICE_MS = 250;

function isWritable(folders: ReadonlyMap<string, FolderImage>): boolean {
  return [...folders.values()].some(({ writable }) => writable);
}

export class InstanceScope {
  readonly program: GuestProgram;
  readonly nn: WasiNn;
  readonly #engine: GuestEngine;
  readonly #post: (message: FromGuest) => void;
  #call: GuestCall | undefined;
  #contract: PredictionContract | undefined;
  #logBytes = 0;
  #reportedBytes = 0;
  #sliceBegan = 0;
  readonly #live: LiveSound;
  #wasi: WasiPart | undefined;
  readonly #folders: ReadonlyMap<string, FolderImage>;

  constructor(program: GuestProgram, engine: GuestEngine, post: (message: FromGuest) => void) {
    this.program = program;
    this.#engine = engine;
    this.#post = post;
    // Writable folders are copied for this instance; the bytes of unchanged files stay shared.
    const { folders = new Map<string, FolderImage>() } = program;
    this.#folders = isWritable(folders) ? structuredClone(folders) : folders;
    const meter = new ResourceMeter(program.limits);
    this.#live = new LiveSound({
      wait: engine.wait,
      report: (report, textUnits) => this.#reportLive(report, textUnits),
      renew: () => {
        this.#reportedBytes = 0;
        meter.renewComputes();
      },
    });
    this.nn = new WasiNn(
      { engine, meter },
      {
        graphs: program.graphs,
        loadBytes: program.grants.graphLoad === true,
        by: program.streams === undefined ? 'manifest' : 'command line',
        note: (message) => this.explain(message),
      },
    );
  }

  /**
   * The instance serves this call, its only one.
   *
   * @param contract of a component of the open contract
   */
  begin(call: GuestCall, contract?: PredictionContract): void {
    this.#call = call;
    this.#contract = contract;
    this.#sliceBegan = monotonicMs();
    if (call.live !== undefined) this.#live.begin(call.live);
  }

  /** Ends the call: closes what it left open, logs its last line, and returns its writable folders. */
  end(): void {
    this.#wasi?.end?.();
    if (isWritable(this.#folders)) {
      const written = new Map([...this.#folders].filter(([, { writable }]) => writable));
      this.#post({ kind: 'folders', callId: this.#call?.callId ?? 0, folders: written });
    }
  }

  /**
   * @param stated interfaces that the component imports, with versions
   * @param makeWasi undefined for a component that imports nothing of WASI
   */
  imports(stated: readonly string[], makeWasi: MakeWasi | undefined): Imports {
    this.#wasi = makeWasi?.(this.wasiHost());
    return {
      ...witImports(stated, this.nn),
      'wasi:config/store': {
        get: (key: string) => this.program.config.get(key),
        getAll: () => [...this.program.config],
      },
      'sandpiper:inference/assets': { read: (name: string) => this.#asset(name) },
      'sandpiper:inference/sound': {
        length: () => BigInt(this.#live.length ?? this.#speech?.length ?? 0),
        read: (offset: bigint, count: number) =>
          this.#live.length === undefined
            ? this.#samples(this.#speech, offset, count)
            : this.#live.read(Number(offset), Math.min(count, MAX_SAMPLES_PER_READ)),
      },
      'sandpiper:inference/progress': {
        report: ({ text, seconds }: { text: string; seconds: number }) => this.#report(text, seconds),
      },
      'sandpiper:inference/live-sound': this.#live.imports(),
      'sandpiper:inference/request-media': {
        readRegion: (...wanted: RegionArguments) => readRegion(this.#call?.media, ...wanted),
        soundLength: (input: string, index: number) =>
          BigInt(soundOf(this.#call?.media, input, index).length),
        readSound: (input: string, index: number, offset: bigint, count: number) =>
          this.#samples(soundOf(this.#call?.media, input, index), offset, count),
      },
      'sandpiper:inference/partial-outputs': { report: (output: GuestOutput) => this.#partial(output) },
      'sandpiper:inference/failures': {},
      'sandpiper:inference/values': {},
      ...this.#wasi?.imports,
    };
  }

  wasiHost(): WasiHost {
    const { key, grants, limits, streams } = this.program;
    const folders = this.#folders;
    return {
      program: key,
      granted: grants,
      limits,
      folders,
      writer: isWritable(folders) ? new FolderWriter(folders.values(), limits.folderBytes) : undefined,
      handles: new HandleCount(limits.liveResources),
      sleeper: this.#engine.wait,
      streams: streams && guestStreams(streams, this.#engine.wait),
      trace: () => this.#call?.trace,
      spans: this.#engine.spans,
      log: (level, context, message) => this.#log(level, context, message),
    };
  }

  #asset(name: string): Uint8Array {
    const shared = this.program.assets.get(name);
    if (shared === undefined) throw Object.assign(new Error('no such asset'), { payload: 'not-found' });
    return new Uint8Array(shared);
  }

  /** The one sound of a request for speech. */
  get #speech(): Float32Array | undefined {
    return this.#call?.media?.sounds.get('')?.[0];
  }

  #samples(sound: Float32Array | undefined, offset: bigint, count: number): Float32Array {
    if (sound === undefined) return new Float32Array();
    this.#giveWay();
    return readSamples(sound, offset, count);
  }

  #report(text: string, seconds: number): void {
    this.#payForReport(text.length);
    this.#post({ kind: 'progress', callId: this.#call?.callId ?? 0, text, seconds });
    this.#giveWay();
  }

  #reportLive(report: LiveReport, textUnits: number): void {
    this.#payForReport(textUnits);
    this.#post({ kind: 'live', callId: this.#call?.callId ?? 0, report });
  }

  /** @throws WrongAnswer for an output that is not what the component said */
  #partial(output: GuestOutput): void {
    this.#payForReport(bytesOf(output));
    this.#contract?.assertOutput(output);
    const { callId = 0, partial = false } = this.#call ?? {};
    if (partial) this.#post({ kind: 'partial', callId, output });
    this.#giveWay();
  }

  /** @throws Error, a trap, beyond `outputBytes` of all reports */
  #payForReport(bytes: number): void {
    this.#engine.wait.assertWanted();
    this.#reportedBytes += bytes + REPORT_BYTES;
    const { outputBytes } = this.program.limits;
    if (this.#reportedBytes > outputBytes) {
      throw new RangeError(`The progress of this request is over the limit outputBytes of ${outputBytes}.`);
    }
  }

  /** Pauses a long call if others wait; called at each window of sound and each update. */
  #giveWay(): void {
    const call = this.#call;
    if (call?.long !== true || monotonicMs() - this.#sliceBegan < SLICE_MS) return;
    this.#engine.wait.pause(() => this.#post({ kind: 'pause', callId: call.callId }));
    this.#sliceBegan = monotonicMs();
  }

  /** Logs the host's explanation of a failed wasi:nn call, for commands only. */
  explain(message: string): void {
    if (this.program.streams !== undefined) this.#log('info', 'wasi:nn', message, 'host');
  }

  /** Logs lines up to `logBytes`, then says so once and drops the rest. */
  #log(level: string, context: string, message: string, by: 'guest' | 'host' = 'guest'): void {
    if (this.#logBytes > this.program.limits.logBytes) return;
    const line = { kind: 'log', callId: this.#call?.callId ?? 0, program: this.program.key, by } as const;
    this.#logBytes += context.length + message.length + LINE_BYTES;
    if (this.#logBytes > this.program.limits.logBytes) {
      const limit = `The log lines of this request are over the limit logBytes of ${this.program.limits.logBytes}; the rest is dropped.`;
      this.#post({ ...line, level: 'warn', context: '', message: limit });
    } else {
      this.#post({ ...line, level, context, message });
    }
  }
}
