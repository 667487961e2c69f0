/**
 * The entry of a guest thread: makes a fresh instance of a component for each call, calls it, drops it.
 *
 * Design: between calls the thread makes the next instance of the program that it served last, so that a
 * request seldom waits for one. An instance serves one call, whatever the outcome.
 * Guarantees: one call at a time; every call is answered with exactly one outcome, unless the thread is
 * terminated, in which case the main thread settles the call. No state of a call survives it.
 * Ownership: the main thread owns this thread's life, and releases what native memory it leaves behind.
 */
import { parentPort, resourceLimits, workerData, type MessagePort } from 'node:worker_threads';
import { collectGarbage } from '../../collect-garbage.ts';
import { monotonicMs } from '../../async/clock.ts';
import type { EngineConnection } from '../../engine/engine.ts';
import { GuestEngine } from '../../engine/guest-engine.ts';
import type { GraphReference } from '../../engine/native-graph.ts';
import type { ModelLimits } from '../../config/limits.ts';
import { messageOf } from '../../errors.ts';
import type { ComponentInstance, LoadedProgram } from './component-instance.ts';
import { loadProgram } from './load-program.ts';
import { RecycledMemories } from './recycled-memories.ts';
import { InstanceScope } from './instance-scope.ts';
import { runBareGraph } from './run-bare-graph.ts';
import { WrongAnswer } from '../prediction/check-output.ts';
import type { GuestOutput } from '../prediction/guest-values.ts';
import { PredictionContract, WrongInput } from '../prediction/prediction-contract.ts';
import type {
  CallOutcome,
  Failure,
  FromGuest,
  GuestCall,
  GuestProgram,
  GuestRun,
  ToGuest,
} from '../guest-protocol.ts';

// The glue prints errors with text of the component, which must not reach the host's terminal.
for (const stream of [process.stdout, process.stderr]) stream.write = () => true;

const control = parentPort as MessagePort;
const engine = new GuestEngine(workerData as EngineConnection, (question) =>
  post({ kind: 'try-graph', question }, [question.model.buffer as ArrayBuffer]),
);
const programs = new Map<string, { limits: ModelLimits; load: Promise<LoadedProgram> }>();
const contracts = new Map<string, PredictionContract>();
const graphs = new Map<string, GraphReference>();
const memories = new RecycledMemories();
let prepared: ComponentInstance | undefined;

function post(message: FromGuest, transfer: ArrayBuffer[] = []): void {
  control.postMessage(message, transfer);
}

function install(program: GuestProgram): void {
  if (prepared?.scope.program.key === program.key) prepared = undefined;
  const load = loadProgram(program, memories);
  load.catch(() => undefined); // reported at the first call
  programs.set(program.key, { limits: program.limits, load });
  if (program.terms !== undefined) contracts.set(program.key, new PredictionContract(program.terms));
}

async function loaded(key: string): Promise<LoadedProgram> {
  const installed = programs.get(key);
  if (installed === undefined) throw new Error(`Program ${key} is not installed.`);
  return await installed.load;
}

function makeInstance({ program, instantiate }: LoadedProgram): ComponentInstance {
  return instantiate(new InstanceScope(program, engine, post));
}

/** The prepared instance, or one that is made while the main thread watches the time. */
async function takeInstance(key: string): Promise<ComponentInstance> {
  const ready = prepared?.scope.program.key === key ? prepared : undefined;
  prepared = undefined;
  if (ready !== undefined) return ready;
  const start = monotonicMs();
  const load = await loaded(key);
  post({ kind: 'starting', startMs: load.program.limits.startMs });
  const instance = makeInstance(load);
  post({ kind: 'started' });
  engine.spans.add({ name: 'instantiate', start, end: monotonicMs() });
  return instance;
}

async function serve(call: GuestCall): Promise<CallOutcome> {
  const instance = await takeInstance(call.program);
  const contract = contracts.get(call.program);
  contract?.assertInputs(call.args);
  instance.scope.begin(call, contract);
  const entry = instance.target[call.function];
  if (entry === undefined) throw new Error(`The component exports no ${call.function}.`);
  try {
    const given = entry(...call.args);
    const value = contract === undefined ? given : contract.checkOutputs(given as GuestOutput[], call.args);
    return { kind: 'value', value };
  } catch (thrown) {
    if (thrown instanceof WrongAnswer) return { kind: 'wrong-answer', message: thrown.message };
    const failure = maybeFailure(thrown);
    return failure === undefined ? trapOf(thrown, instance) : { kind: 'failure', failure };
  } finally {
    instance.scope.end();
    instance.release();
  }
}

async function answer(call: GuestCall, owned: readonly ArrayBuffer[]): Promise<void> {
  engine.begin(call.callId, call.deadline, call.long);
  const outcome = await serve(call).catch((thrown: unknown): CallOutcome => {
    if (thrown instanceof WrongInput) return { kind: 'refused-input', message: thrown.message };
    return trapOf(thrown);
  });
  engine.end();
  freeBuffers(owned);
  const startMs = programs.get(call.program)?.limits.startMs;
  post({ kind: 'over', callId: call.callId, outcome, spans: engine.spans.take(), startMs });
  await prepare(call.program);
}

/** Frees buffers at once: left to garbage collection, they would trigger it every few calls. */
function freeBuffers(owned: readonly ArrayBuffer[]): void {
  for (const buffer of owned) if (!buffer.detached) buffer.transfer(0);
}

/** Runs a bare graph; a prepared instance is kept. */
function runGraph(run: GuestRun, owned: readonly ArrayBuffer[]): void {
  engine.begin(run.callId, run.deadline, false);
  const outcome = runBareGraph(engine, graphs.get(run.graph), run);
  engine.end();
  freeBuffers(owned);
  const transfer =
    outcome.kind === 'outputs' ? outcome.outputs.map(({ bytes }) => bytes.buffer as ArrayBuffer) : [];
  post({ kind: 'over', callId: run.callId, outcome, spans: engine.spans.take() }, transfer);
  post({ kind: 'idle', prepared: prepared?.scope.program.key });
}

function trapOf(thrown: unknown, instance?: ComponentInstance): CallOutcome {
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : '';
  return { kind: 'trap', message: explain(thrown, instance), stack };
}

/** Names the limit in V8's message for a stack overflow, and the one that a component without memory may have met. */
function explain(thrown: unknown, instance?: ComponentInstance): string {
  const message = messageOf(thrown);
  const held = instance?.heldBytes?.() ?? 0;
  const most = instance?.scope.program.limits.memoryBytes ?? 0;
  if (thrown instanceof WebAssembly.RuntimeError && held > most / 2)
    return `${message}; its memory had grown to ${held} bytes, and memoryBytes allows ${most}`;
  if (!(thrown instanceof RangeError && message.includes('call stack'))) return message;
  return `${message}: guestStackBytes allows ${(resourceLimits?.stackSizeMb ?? 0) * 2 ** 20}`;
}

/** Prepares the next instance. An error is ignored here and reported when a call needs the instance. */
async function prepare(key: string): Promise<void> {
  prepared = await loaded(key)
    .then(makeInstance)
    .catch(() => undefined);
  post({ kind: 'idle', prepared: prepared?.scope.program.key });
}

/** The glue throws the err of an exported function's result as it is; any other thrown value is a trap. */
function maybeFailure(thrown: unknown): Failure | undefined {
  const payload =
    typeof thrown === 'object' && thrown !== null && 'payload' in thrown ? thrown.payload : thrown;
  if (typeof payload !== 'object' || payload === null || payload instanceof Error) return undefined;
  return 'tag' in payload && 'val' in payload ? (payload as Failure) : undefined;
}

control.on('message', (message: ToGuest) => {
  switch (message.kind) {
    case 'install':
      return install(message.program);
    case 'install-terms':
      contracts.set(message.key, new PredictionContract(message.terms));
      return;
    case 'uninstall':
      programs.delete(message.key);
      contracts.delete(message.key);
      if (prepared?.scope.program.key === message.key) prepared = undefined;
      return;
    case 'install-graph':
      graphs.set(message.graph.key, message.graph);
      return;
    case 'uninstall-graph':
      graphs.delete(message.key);
      return;
    case 'give-memory-back':
      memories.clear();
      return collectGarbage();
    case 'call':
      return void answer(message, message.owned);
    case 'run':
      return runGraph(message, message.owned);
  }
});
engine.attach();
post({ kind: 'idle', prepared: undefined });
