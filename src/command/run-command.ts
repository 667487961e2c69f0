/**
 * Runs a command once: a component that exports wasi:cli/run, or a core module with `_start`.
 *
 * It runs on a guest thread under the same limits as components of models, and has access only to what is granted here:
 * arguments, variables, folders and graphs, the three standard streams, clocks and random numbers.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { MAX_TIMER_MS, monotonicMs } from '../async/clock.ts';
import { MODEL_LIMITS, type ModelLimits, type ServiceLimits } from '../config/limits.ts';
import { EngineError } from '../engine/engine-error.ts';
import { Engine } from '../engine/engine.ts';
import { messageOf, SandpiperError, invalidComponent, invalidConfig, invalidModel } from '../errors.ts';
import type { TensorNumbering } from '../nn/witx/tensor-type.ts';
import { compileComponent, type CompileOptions } from '../sandbox/component/compile-component.ts';
import { ComponentCache } from '../sandbox/component/component-cache.ts';
import { COMMAND } from '../sandbox/guest/component-instance.ts';
import { compileCoreModule } from '../sandbox/core/compile-core-module.ts';
import { GuestPool } from '../sandbox/guest/guest-pool.ts';
import { guestSlots } from '../sandbox/guest/guest-threads.ts';
import type { GuestLine, GuestProgram } from '../sandbox/guest-protocol.ts';
import { HostStreams, type NodeStreams } from '../sandbox/streams/host-streams.ts';
import { allocateStreams } from '../sandbox/streams/shared-pipe.ts';
import { isCoreModule } from '../sandbox/code/wasm-binary.ts';
import { readFolders, writeFolders, type FolderGrants, type FolderImages } from './command-folders.ts';
import { commandGrants, explainCommandImports } from './command-grants.ts';

export interface CommandOptions extends FolderGrants {
  /** Path of the .wasm file. */
  path: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  /** Files of ONNX graphs by the names under which the command loads them. */
  graphs: Readonly<Record<string, string>>;
  allowLoad: boolean;
  timeoutMs: number;
  limits: Partial<ModelLimits>;
  /** Numbering of a core module's tensor types; undefined to detect it per tensor. */
  numbering: TensorNumbering | undefined;
  /** Folder for translated components; undefined to store none. */
  cacheDir: string | undefined;
  streams: NodeStreams;
  onLog: (line: GuestLine) => void;
}

const AFTER_TIMEOUT_MS = 1_000;

/** The interface of HTTP handlers, as for `wasmtime serve`, of any release. */
const HTTP_HANDLER = /^wasi:http\/(?:incoming-)?handler@/;

/**
 * @returns the command's exit status
 * @throws SandpiperError `invalid-config`, `invalid-component`, `invalid-model` if it cannot be started,
 *   `component-failed` if it trapped, `deadline-exceeded` if it was stopped at its timeout
 */
export async function runCommand(options: CommandOptions, service: ServiceLimits): Promise<number> {
  const limits: ModelLimits = { ...MODEL_LIMITS, ...options.limits };
  const name = basename(options.path);
  const [bytes, folders] = await Promise.all([
    readInput(options.path, `Cannot run ${name}`, 'name a component or a core module'),
    readFolders(options, limits.folderBytes),
  ]);
  const compiling = {
    name,
    cache: new ComponentCache(options.cacheDir, service.cacheBytes),
    limits: service,
    caps: { ...limits, by: 'command line' },
  } as const;
  const component = isCoreModule(bytes)
    ? await compileCoreModule(bytes, { ...compiling, numbering: options.numbering })
    : await compileCommand(bytes, compiling);
  const usesNn = importsNn(component);
  const engine = new Engine({
    // Loading ONNX Runtime is half of a command's start time.
    runs: usesNn ? 1 : 0,
    guestSlots: guestSlots({ threads: 1 }),
    memoryBytes: service.runMemoryBytes,
    trials: { limits: service, cacheDir: options.cacheDir },
  });
  const guests = new GuestPool({ threads: 1, engine, limits: service, onLog: options.onLog });
  try {
    const timeoutMs = Math.min(options.timeoutMs, MAX_TIMER_MS);
    const program = {
      key: name,
      component,
      target: component.kind === 'core' ? '_start' : targetOf(component.exports, name),
      graphs: await loadGraphs(usesNn ? options.graphs : {}, engine),
      config: new Map(),
      assets: new Map(),
      folders,
      limits: { ...limits, startMs: timeoutMs, deadlineMs: timeoutMs },
      grants: commandGrants({ ...options, args: [name, ...options.args] }),
    };
    return await run(program, guests, options);
  } finally {
    await guests.close();
    engine.close();
  }
}

async function run(
  program: GuestProgram & { folders: FolderImages },
  guests: GuestPool,
  options: CommandOptions,
): Promise<number> {
  const shared = allocateStreams();
  const host = new HostStreams(shared, options.streams, () => guests.wake());
  guests.install({ ...program, streams: shared });
  const { deadlineMs } = program.limits;
  const timeout = new AbortController();
  const late = new SandpiperError(
    'deadline-exceeded',
    `${program.key} was stopped: it ran for the ${deadlineMs / 1000} s that --timeout allows.`,
  );
  const timer = setTimeout(() => timeout.abort(late), deadlineMs);
  let left: FolderImages = new Map();
  const onFolders = (folders: FolderImages): void => {
    left = folders;
  };
  try {
    // Later than the timer, so that a command is stopped in a run and gets no timeout error from it.
    const deadline = monotonicMs() + deadlineMs + AFTER_TIMEOUT_MS;
    const call = { program: program.key, function: 'run', args: [], media: undefined, deadline };
    const outcome = await guests.call(call, { signal: timeout.signal, onFolders });
    await writeFolders(program.folders, left, options);
    if (outcome.kind === 'value') return outcome.value as number;
    const why = outcome.kind === 'trap' ? outcome.message : 'it failed without a word';
    throw new SandpiperError('component-failed', `${program.key} trapped: ${why}`);
  } finally {
    clearTimeout(timer);
    await host.finish();
  }
}

/** @throws SandpiperError `invalid-component` */
async function compileCommand(
  bytes: Uint8Array,
  compiling: CompileOptions,
): Promise<GuestProgram['component']> {
  const { name } = compiling;
  const component = await compileComponent(bytes, compiling);
  targetOf(component.exports, name);
  const refused = explainCommandImports(component.imports).find(({ granted }) => !granted);
  if (refused !== undefined) {
    throw invalidComponent(`Cannot run ${name}: it imports ${refused.import}: ${refused.remedy ?? ''}.`);
  }
  return component;
}

function importsNn(component: GuestProgram['component']): boolean {
  const modules =
    component.kind === 'core'
      ? WebAssembly.Module.imports(component.core).map(({ module }) => module)
      : component.imports;
  return modules.some((name) => /^wasi(?:_ephemeral)?[_:]nn\b/.test(name));
}

/** @throws SandpiperError `invalid-component` */
function targetOf(exports: readonly string[], name: string): string {
  const target = exports.find((each) => COMMAND.test(each));
  if (target !== undefined) return target;
  if (exports.some((each) => HTTP_HANDLER.test(each))) {
    throw invalidComponent(
      `Cannot run ${name}: it answers HTTP requests (wasi:http/incoming-handler), and no component is given any here: the service's own routes call one that exports a task (\`sandpiper new\` begins one), and \`sandpiper run\` one that exports wasi:cli/run@0.2. Move what it does with wasi:nn into either.`,
    );
  }
  throw invalidComponent(
    `Cannot run ${name}: it exports ${exports.join(', ') || 'nothing'}, and a command exports wasi:cli/run@0.2; components for models are served by \`sandpiper serve\`.`,
  );
}

/** @throws SandpiperError `invalid-model` */
async function loadGraphs(graphs: CommandOptions['graphs'], engine: Engine): Promise<GuestProgram['graphs']> {
  const loads = Object.entries(graphs).map(async ([name, path]) => {
    const bytes = await readInput(path, `Cannot load graph ${name}`, 'name an ONNX file');
    try {
      return [name, await engine.load(name, bytes, { threads: 'all-when-idle', bare: false })] as const;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      throw invalidModel(`Cannot load graph ${name} from ${path}: ${error.message}`);
    }
  });
  return new Map(await Promise.all(loads));
}

async function readInput(path: string, what: string, remedy: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? messageOf(cause);
    throw invalidConfig(`${what}: ${path} cannot be read (${code}); ${remedy}.`, { cause });
  }
}
