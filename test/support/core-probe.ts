import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { PassThrough, type Readable } from 'node:stream';
import { preview1AdapterCommandPath } from '@bytecodealliance/jco';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { monotonicMs } from '../../src/async/clock.ts';
import { MODEL_LIMITS, SERVICE_LIMITS, type ModelLimits } from '../../src/config/limits.ts';
import { Engine } from '../../src/engine/engine.ts';
import type { TensorNumbering } from '../../src/nn/witx/tensor-type.ts';
import type { FolderImage } from '../../src/capabilities/filesystem/folder-image.ts';
import { ComponentCache } from '../../src/sandbox/component/component-cache.ts';
import { compileCoreModule } from '../../src/sandbox/core/compile-core-module.ts';
import { commandGrants } from '../../src/command/command-grants.ts';
import { compileComponent } from '../../src/sandbox/component/compile-component.ts';
import { COMMAND } from '../../src/sandbox/guest/component-instance.ts';
import type { CompiledComponent, CompiledCoreModule } from '../../src/sandbox/guest-protocol.ts';
import { toComponent } from '../../src/toolkit/to-component.ts';
import { GuestPool } from '../../src/sandbox/guest/guest-pool.ts';
import { guestSlots } from '../../src/sandbox/guest/guest-threads.ts';
import { HostStreams } from '../../src/sandbox/streams/host-streams.ts';
import { allocateStreams } from '../../src/sandbox/streams/shared-pipe.ts';
import { guestCache } from './guest-cache.ts';
import { ProbeTrap } from './guest-probe.ts';

/**
 * A core module that does what it is told on its standard input: write into its memory, read from it, call one of its
 * imports with any numbers. So a test lays out memory as it likes, wrongly too.
 */

const I32 = 'i32';
const I64 = 'i64';
type Parameter = typeof I32 | typeof I64;

const numbers = (count: number): Parameter[] => Array.from({ length: count }, () => I32);

/** Its imports, in the order of their numbers. */
const IMPORTS: readonly [module: string, name: string, parameters: readonly Parameter[]][] = [
  ['wasi_ephemeral_nn', 'load', numbers(5)],
  ['wasi_ephemeral_nn', 'load_by_name', numbers(3)],
  ['wasi_ephemeral_nn', 'init_execution_context', numbers(2)],
  ['wasi_ephemeral_nn', 'set_input', numbers(3)],
  ['wasi_ephemeral_nn', 'compute', numbers(1)],
  ['wasi_ephemeral_nn', 'get_output', numbers(5)],
  ['wasi_ephemeral_nn', 'load_by_name_with_config', numbers(5)],
  ['wasi_ephemeral_nn', 'unload', numbers(1)],
  ['wasi_ephemeral_nn', 'finalize_execution_context', numbers(1)],
  ['wasi_ephemeral_nn', 'compute_single', numbers(1)],
  ['wasi_ephemeral_nn', 'get_output_single', numbers(5)],
  ['wasi_ephemeral_nn', 'fini_single', numbers(1)],
  ['wasi_nn', 'load', numbers(4)],
  ['wasi_nn', 'load_by_name', numbers(3)],
  ['wasi_nn', 'init_execution_context', numbers(2)],
  ['wasi_nn', 'set_input', numbers(3)],
  ['wasi_nn', 'compute', numbers(1)],
  ['wasi_nn', 'get_output', numbers(4)],
  ['sandpiper_graph_facts', 'describe', numbers(4)],
  ['wasi_snapshot_preview1', 'args_sizes_get', numbers(2)],
  ['wasi_snapshot_preview1', 'args_get', numbers(2)],
  ['wasi_snapshot_preview1', 'environ_sizes_get', numbers(2)],
  ['wasi_snapshot_preview1', 'environ_get', numbers(2)],
  ['wasi_snapshot_preview1', 'clock_res_get', numbers(2)],
  ['wasi_snapshot_preview1', 'clock_time_get', [I32, I64, I32]],
  ['wasi_snapshot_preview1', 'random_get', numbers(2)],
  ['wasi_snapshot_preview1', 'proc_raise', numbers(1)],
  ['wasi_snapshot_preview1', 'sched_yield', []],
  ['wasi_snapshot_preview1', 'sock_accept', numbers(3)],
  ['wasi_snapshot_preview1', 'sock_recv', numbers(6)],
  ['wasi_snapshot_preview1', 'sock_send', numbers(5)],
  ['wasi_snapshot_preview1', 'sock_shutdown', numbers(2)],
  ['wasi_snapshot_preview1', 'poll_oneoff', numbers(4)],
  ['wasi_snapshot_preview1', 'fd_advise', [I32, I64, I64, I32]],
  ['wasi_snapshot_preview1', 'fd_allocate', [I32, I64, I64]],
  ['wasi_snapshot_preview1', 'fd_close', numbers(1)],
  ['wasi_snapshot_preview1', 'fd_datasync', numbers(1)],
  ['wasi_snapshot_preview1', 'fd_fdstat_get', numbers(2)],
  ['wasi_snapshot_preview1', 'fd_fdstat_set_flags', numbers(2)],
  ['wasi_snapshot_preview1', 'fd_fdstat_set_rights', [I32, I64, I64]],
  ['wasi_snapshot_preview1', 'fd_filestat_get', numbers(2)],
  ['wasi_snapshot_preview1', 'fd_filestat_set_size', [I32, I64]],
  ['wasi_snapshot_preview1', 'fd_filestat_set_times', [I32, I64, I64, I32]],
  ['wasi_snapshot_preview1', 'fd_pread', [I32, I32, I32, I64, I32]],
  ['wasi_snapshot_preview1', 'fd_prestat_get', numbers(2)],
  ['wasi_snapshot_preview1', 'fd_prestat_dir_name', numbers(3)],
  ['wasi_snapshot_preview1', 'fd_pwrite', [I32, I32, I32, I64, I32]],
  ['wasi_snapshot_preview1', 'fd_read', numbers(4)],
  ['wasi_snapshot_preview1', 'fd_readdir', [I32, I32, I32, I64, I32]],
  ['wasi_snapshot_preview1', 'fd_renumber', numbers(2)],
  ['wasi_snapshot_preview1', 'fd_seek', [I32, I64, I32, I32]],
  ['wasi_snapshot_preview1', 'fd_sync', numbers(1)],
  ['wasi_snapshot_preview1', 'fd_tell', numbers(2)],
  ['wasi_snapshot_preview1', 'fd_write', numbers(4)],
  ['wasi_snapshot_preview1', 'path_create_directory', numbers(3)],
  ['wasi_snapshot_preview1', 'path_filestat_get', numbers(5)],
  ['wasi_snapshot_preview1', 'path_filestat_set_times', [I32, I32, I32, I32, I64, I64, I32]],
  ['wasi_snapshot_preview1', 'path_link', numbers(7)],
  ['wasi_snapshot_preview1', 'path_open', [I32, I32, I32, I32, I32, I64, I64, I32, I32]],
  ['wasi_snapshot_preview1', 'path_readlink', numbers(6)],
  ['wasi_snapshot_preview1', 'path_remove_directory', numbers(3)],
  ['wasi_snapshot_preview1', 'path_rename', numbers(6)],
  ['wasi_snapshot_preview1', 'path_symlink', numbers(5)],
  ['wasi_snapshot_preview1', 'path_unlink_file', numbers(3)],
];

/** Fields of one instruction: the action, how many bytes, and nine numbers of 64 bits. */
const INSTRUCTION_BYTES = 8 + 9 * 8;
/** The module's own: the instruction at 0, and what reading and writing it takes. */
const SCRATCH = 128;
/** Where tests may lay things out, and up to where. */
export const FREE = 4_096;
export const MEMORY_BYTES = 16 * 2 ** 20;

const DO = { poke: 0, peek: 1, exit: 2, call: 16 } as const;

/** What the `wasi-nn` crate imports, and the adapter of the toolkit gives. */
const CRATE = new Set([
  'load',
  'load_by_name',
  'init_execution_context',
  'set_input',
  'compute',
  'get_output',
]);

function moduleText(adapted: boolean): string {
  const imported = IMPORTS.map((entry, i) => ({ entry, i })).filter(
    ({ entry: [module, name] }) =>
      !adapted || module === 'wasi_snapshot_preview1' || (module === 'wasi_ephemeral_nn' && CRATE.has(name)),
  );
  const imports = imported.map(
    ({ entry: [module, name, parameters], i }) =>
      `(import "${module}" "${name}" (func $f${i} (param ${parameters.join(' ')}) (result i32)))`,
  );
  const cases = imported.map(({ entry: [, , parameters], i }) => {
    const loads = parameters.map((type, at) => `(${type}.load offset=${8 + 8 * at} (i32.const 0))`);
    return `(if (i32.eq (local.get $do) (i32.const ${DO.call + i})) (then
      (i32.store (i32.const ${SCRATCH}) (call $f${i} ${loads.join(' ')}))
      (call $put (i32.const ${SCRATCH}) (i32.const 4))))`;
  });
  return `(module ${imports.join('\n')}
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") ${MEMORY_BYTES / 65_536})
    (func $get (param $at i32) (param $size i32) (result i32)
      (loop $more
        (if (i32.eqz (local.get $size)) (then (return (i32.const 1))))
        (i32.store (i32.const ${SCRATCH + 8}) (local.get $at))
        (i32.store (i32.const ${SCRATCH + 12}) (local.get $size))
        (drop (call $read (i32.const 0) (i32.const ${SCRATCH + 8}) (i32.const 1) (i32.const ${SCRATCH + 16})))
        (if (i32.eqz (i32.load (i32.const ${SCRATCH + 16}))) (then (return (i32.const 0))))
        (local.set $at (i32.add (local.get $at) (i32.load (i32.const ${SCRATCH + 16}))))
        (local.set $size (i32.sub (local.get $size) (i32.load (i32.const ${SCRATCH + 16}))))
        (br $more))
      (i32.const 1))
    (func $put (param $at i32) (param $size i32)
      (i32.store (i32.const ${SCRATCH + 8}) (local.get $at))
      (i32.store (i32.const ${SCRATCH + 12}) (local.get $size))
      (drop (call $write (i32.const 1) (i32.const ${SCRATCH + 8}) (i32.const 1) (i32.const ${SCRATCH + 16}))))
    (func (export "_start") (local $do i32) (local $size i32) (local $at i32)
      (loop $next
        (if (i32.eqz (call $get (i32.const 0) (i32.const ${INSTRUCTION_BYTES}))) (then (return)))
        (local.set $do (i32.load (i32.const 0)))
        (local.set $size (i32.load offset=4 (i32.const 0)))
        (local.set $at (i32.load offset=8 (i32.const 0)))
        (if (i32.eq (local.get $do) (i32.const ${DO.poke})) (then (drop (call $get (local.get $at) (local.get $size)))))
        (if (i32.eq (local.get $do) (i32.const ${DO.peek})) (then (call $put (local.get $at) (local.get $size))))
        (if (i32.eq (local.get $do) (i32.const ${DO.exit})) (then (call $exit (local.get $at))))
        ${cases.join('\n')}
        (br $next))))`;
}

export interface CoreOptions {
  graphs?: Readonly<Record<string, Uint8Array>>;
  graphLoad?: boolean;
  limits?: Partial<ModelLimits>;
  deadlineMs?: number;
  numbering?: TensorNumbering;
  /** As a component that the toolkit made. */
  adapted?: boolean;
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
  folders?: ReadonlyMap<string, FolderImage>;
}

/** One running instance of the module. */
export interface CoreSession {
  poke(at: number, bytes: Uint8Array): void;
  peek(at: number, size: number): Promise<Uint8Array>;
  /** @param name as `wasi_ephemeral_nn.load` @returns its errno */
  call(name: string, ...parameters: (number | bigint)[]): Promise<number>;
  /** Ends it by proc_exit. @returns the exit status @throws ProbeTrap */
  exit(status?: number): Promise<number>;
}

export class CoreBench implements AsyncDisposable {
  readonly #engine: Engine;
  readonly #guests: GuestPool;
  readonly #compiled = new Map<string, Promise<CompiledCoreModule | CompiledComponent>>();
  #last = 0;

  constructor() {
    this.#engine = new Engine({
      runs: 2,
      guestSlots: guestSlots({ threads: 2 }),
      memoryBytes: SERVICE_LIMITS.runMemoryBytes,
    });
    this.#guests = new GuestPool({
      threads: 2,
      engine: this.#engine,
      limits: SERVICE_LIMITS,
      onLog: () => undefined,
    });
  }

  /** Starts an instance, has the test talk to it, and ends it. @throws ProbeTrap */
  async with<Result>(options: CoreOptions, talk: (session: CoreSession) => Promise<Result>): Promise<Result> {
    const { graphs = {}, deadlineMs = 30_000 } = options;
    const key = `core@${++this.#last}`;
    const loads = Object.entries(graphs).map(async ([name, model]) => {
      return [
        name,
        await this.#engine.load(`${key}/${name}`, model, { threads: 'one', bare: false }),
      ] as const;
    });
    const loaded = new Map(await Promise.all(loads));
    const streams = allocateStreams();
    const { numbering, adapted = false } = options;
    const component = await this.#once(numbering ?? String(adapted), async () =>
      adapted ? compileAdapted() : compileCore(numbering),
    );
    this.#guests.install({
      key,
      component,
      target: ('exports' in component && component.exports.find((name) => COMMAND.test(name))) || '_start',
      graphs: loaded,
      config: new Map(),
      assets: new Map(),
      folders: options.folders ?? new Map(),
      // A component takes longer to start than the core module in it.
      limits: { ...MODEL_LIMITS, startMs: 10_000, ...options.limits },
      grants: {
        ...(adapted && commandGrants({})),
        logging: false,
        graphLoad: options.graphLoad === true,
        args: options.args ?? (adapted ? [] : undefined),
        env: options.env ?? (adapted ? {} : undefined),
      },
      streams,
    });
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    const host = new HostStreams(streams, { stdin, stdout, stderr: stderr.resume() }, () =>
      this.#guests.wake(),
    );
    const call = { program: key, function: 'run', args: [], media: undefined };
    const ended = this.#guests
      .call({ ...call, deadline: monotonicMs() + deadlineMs }, { signal: AbortSignal.timeout(60_000) })
      .then((outcome) => {
        if (outcome.kind === 'value') return outcome.value as number;
        throw new ProbeTrap('message' in outcome ? outcome.message : JSON.stringify(outcome.failure));
      });
    ended.catch(() => undefined); // told to whoever waits for it
    try {
      return await talk(sessionOver(stdin, stdout, ended));
    } finally {
      stdin.end();
      await ended.catch(() => undefined);
      await host.finish();
      this.#guests.uninstall(key);
      for (const name of Object.keys(graphs)) this.#engine.unload(`${key}/${name}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#guests.close();
    this.#engine.close();
  }

  async #once(
    key: string,
    compile: () => Promise<CompiledCoreModule | CompiledComponent>,
  ): Promise<CompiledCoreModule | CompiledComponent> {
    const found = this.#compiled.get(key) ?? compile();
    this.#compiled.set(key, found);
    return found;
  }
}

async function compileCore(numbering: TensorNumbering | undefined): Promise<CompiledCoreModule> {
  const bytes = await parse(moduleText(false));
  return compileCoreModule(new Uint8Array(bytes), { ...compileOptions(bytes), numbering });
}

async function compileAdapted(): Promise<CompiledComponent> {
  const adapter = new Uint8Array(await readFile(preview1AdapterCommandPath()));
  const component = await toComponent(await parse(moduleText(true)), { adapter });
  return compileComponent(component, compileOptions(component));
}

function compileOptions(bytes: Uint8Array) {
  return {
    name: `probe-${createHash('sha256').update(bytes).digest('hex').slice(0, 8)}`,
    cache: new ComponentCache(guestCache),
    limits: SERVICE_LIMITS,
    caps: MODEL_LIMITS,
  };
}

function sessionOver(stdin: PassThrough, stdout: PassThrough, ended: Promise<number>): CoreSession {
  const take = bytesOf(stdout);
  const early = ended.then(() => {
    throw new Error('the module has ended');
  });
  early.catch(() => undefined);
  const say = (what: number, size: number, parameters: readonly (number | bigint)[]): void => {
    const view = new DataView(new ArrayBuffer(INSTRUCTION_BYTES));
    view.setUint32(0, what, true);
    view.setUint32(4, size, true);
    parameters.forEach((value, i) => view.setBigInt64(8 + 8 * i, BigInt(value), true));
    stdin.write(new Uint8Array(view.buffer));
  };
  return {
    poke(at, bytes) {
      say(DO.poke, bytes.byteLength, [at]);
      if (bytes.byteLength > 0) stdin.write(bytes);
    },
    async peek(at, size) {
      say(DO.peek, size, [at]);
      return size === 0 ? new Uint8Array() : Promise.race([take(size), early]);
    },
    async call(name, ...parameters) {
      const number = IMPORTS.findIndex(([module, field]) => `${module}.${field}` === name);
      if (number < 0) throw new Error(`the probe does not import ${name}`);
      say(DO.call + number, 0, parameters);
      const bytes = await Promise.race([take(4), early]);
      return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    },
    async exit(status = 0) {
      say(DO.exit, 0, [status]);
      return ended;
    },
  };
}

/** Reads exactly as many bytes as asked for. */
function bytesOf(stream: Readable): (size: number) => Promise<Uint8Array> {
  let pending = Buffer.alloc(0);
  let arrived = Promise.withResolvers<void>();
  stream.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    arrived.resolve();
  });
  return async (size) => {
    while (pending.byteLength < size) {
      arrived = Promise.withResolvers();
      await arrived.promise;
    }
    const bytes = Uint8Array.from(pending.subarray(0, size));
    pending = pending.subarray(size);
    return bytes;
  };
}
