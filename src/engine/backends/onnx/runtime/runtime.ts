/**
 * ONNX Runtime in one process: its environment, the arena that all runs allocate from, sessions, and the run options by
 * which a run is stopped from another thread.
 *
 * Ownership: the main thread starts it, and owns sessions and run options; other threads attach by plain data. The
 * environment is ONNX Runtime's own singleton and stays until the process ends.
 */
import { addressOf, type Address } from '../../../native/koffi.ts';
import { withVariable } from '../../../native/c-library.ts';
import type { Runtime, SessionOptions } from '../../../runtime.ts';
import { Native, NativeFailure } from './native.ts';
import { needsQuantPrecision } from './needs-quant-precision.ts';
import { toLoadError } from './runtime-errors.ts';
import { SessionRuns } from './session-runs.ts';
import { Values } from './values.ts';

/** Plain data with which another thread can {@link OnnxRuntime.attach}. */
export interface RuntimeHandle {
  environment: Address;
  /** The `OrtMemoryInfo` of the arena's CPU memory. */
  memory: Address;
  allocator: Address;
}

/** Log level: errors are returned as statuses, and ONNX Runtime's own log lines are not wanted. */
const FATAL = 4;
/** `OrtArenaAllocator` and `OrtMemTypeDefault` of the C header. */
const ARENA = 1;
const DEFAULT_MEMORY = 0;

let started: RuntimeHandle | undefined;

export class OnnxRuntime implements Runtime {
  readonly handle: RuntimeHandle;
  readonly native: Native;
  readonly values: Values;
  readonly runs: SessionRuns;

  private constructor(native: Native, handle: RuntimeHandle) {
    this.native = native;
    this.handle = handle;
    this.values = new Values(native, handle.memory, handle.allocator);
    this.runs = new SessionRuns(native, this.values);
  }

  /** @param arenaBytes memory that all runs of the process may take together; the first call decides */
  static start(arenaBytes: number): OnnxRuntime {
    const native = new Native();
    started ??= makeEnvironment(native, arenaBytes);
    return new OnnxRuntime(native, started);
  }

  static attach(handle: RuntimeHandle): OnnxRuntime {
    return new OnnxRuntime(new Native(), handle);
  }

  /** Makes the session on a thread of libuv's pool. */
  async load(model: Uint8Array, options: SessionOptions): Promise<Address> {
    const { call } = this.native;
    const native = this.#makeOptions(options);
    const out = new BigUint64Array(new ArrayBuffer(8));
    try {
      const args = [this.handle.environment, model, model.byteLength, native, out];
      await this.native.checkLater(call.CreateSessionFromArray, ...args);
      return out[0] ?? 0n;
    } catch (error) {
      throw refusalOf(error);
    } finally {
      call.ReleaseSessionOptions(native);
    }
  }

  loadHere(model: Uint8Array, options: SessionOptions, out: Address): void {
    const { call } = this.native;
    const native = this.#makeOptions(options);
    try {
      const args = [this.handle.environment, model, model.byteLength, native, out];
      this.native.check(call.CreateSessionFromArray(...args));
    } catch (error) {
      throw refusalOf(error);
    } finally {
      call.ReleaseSessionOptions(native);
    }
  }

  unload(session: Address): void {
    this.native.call.ReleaseSession(session);
  }

  makeRunOptions(): Address {
    return this.native.result((out) => this.native.call.CreateRunOptions(out));
  }

  releaseRunOptions(options: Address): void {
    this.native.call.ReleaseRunOptions(options);
  }

  /** A run ends at its next operator. */
  terminate(options: Address): void {
    this.native.check(this.native.call.RunOptionsSetTerminate(options));
  }

  revive(options: Address): void {
    this.native.check(this.native.call.RunOptionsUnsetTerminate(options));
  }

  #makeOptions({ threads }: SessionOptions): Address {
    const { call } = this.native;
    const options = this.native.result((out) => call.CreateSessionOptions(out));
    this.native.check(call.SetIntraOpNumThreads(options, threads));
    this.native.check(call.SetSessionLogSeverityLevel(options, FATAL));
    // Input sizes differ from run to run, so that a memory pattern would only cost memory.
    this.native.check(call.DisableMemPattern(options));
    const quantPrecision = { 'session.x64quantprecision': needsQuantPrecision() ? '1' : '0' };
    for (const [key, value] of Object.entries({ ...CONFIGURATION, ...quantPrecision }))
      this.native.check(call.AddSessionConfigEntry(options, key, value));
    return options;
  }
}

const CONFIGURATION = {
  'session.use_env_allocators': '1',
  // The arena is for the memory of runs; weights live as long as the session.
  'session.use_device_allocator_for_initializers': '1',
  // Threads of a session that have no work spin for this time before they sleep: enough from one operator to the next, and
  // not the default's 46 ms, in which they keep a core from what comes after the run.
  'session.intra_op.spin_duration_us': '100',
} as const;

function makeEnvironment(native: Native, arenaBytes: number): RuntimeHandle {
  const { call } = native;
  const handle: RuntimeHandle = {
    environment: withVariable(NO_TELEMETRY, '1', () =>
      native.result((out) => call.CreateEnv(FATAL, 'sandpiper', out)),
    ),
    memory: native.result((out) => call.CreateCpuMemoryInfo(ARENA, DEFAULT_MEMORY, out)),
    allocator: native.result((out) => call.GetAllocatorWithDefaultOptions(out)),
  };
  registerArena(native, handle, arenaBytes);
  return handle;
}

/**
 * ONNX Runtime reads this variable while its environment is made, and without it looks up a telemetry host and writes
 * a device id: `DisableTelemetryEvents` takes an environment and so comes too late.
 */
const NO_TELEMETRY = 'ORT_DISABLE_TELEMETRY';

function registerArena(native: Native, { environment, memory }: RuntimeHandle, arenaBytes: number): void {
  const { call } = native;
  const name = Buffer.from('max_mem\0');
  const keys = new BigUint64Array(new ArrayBuffer(8)).fill(addressOf(name));
  const values = new BigUint64Array(new ArrayBuffer(8)).fill(BigInt(arenaBytes));
  const config = native.result((out) => call.CreateArenaCfgV2(keys, values, keys.length, out));
  try {
    native.check(call.CreateAndRegisterAllocator(environment, memory, config));
  } finally {
    call.ReleaseArenaCfg(config);
    name.fill(0); // keeps it alive until here: native code has its address
  }
}

function refusalOf(error: unknown): unknown {
  return error instanceof NativeFailure ? toLoadError(error.message) : error;
}
