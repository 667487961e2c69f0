/**
 * The entry of an engine thread: owns ONNX Runtime sessions and all tensors, answers guest threads directly
 * and the main thread where clients bring tensors themselves.
 *
 * Design: everything that this thread is asked is done one after the other, because a run blocks its thread
 * anyway; what requests ask goes before loading, but only so often, and loading before what only makes things
 * faster. The thread
 * is never terminated while a run is in flight, which would abort the process: `close` is one more thing to
 * do.
 * Ownership: sessions and tensors live and die here; other threads hold keys and handles.
 */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { LoadBoard } from '../bridge/load-board.ts';
import type { ClientQuestion } from '../bridge/client-protocol.ts';
import type { Question } from '../bridge/protocol.ts';
import { messageOf } from '../errors.ts';
import { answerClient } from './answer-client.ts';
import type { EngineGraph } from './backend.ts';
import { EngineError } from './engine-error.ts';
import type { ControlAnswer, ControlQuestion, EngineThreadData } from './engine-control.ts';
import { GuestSession } from './guest-session.ts';
import { createOnnxRuntime } from './onnxruntime.ts';

type Urgency = 'request' | 'control' | 'wide';

/** So that a busy service can be given new models; a few tens of milliseconds of a loading model's time. */
const REQUESTS_BEFORE_LOADING = 8;

const { engine, engines, cores, board: shared } = workerData as EngineThreadData;
const control = parentPort as MessagePort;
const board = new LoadBoard(shared, engines);
const backend = createOnnxRuntime();
const graphs = new Map<string, { narrow: EngineGraph; wide: EngineGraph | undefined; bare: boolean }>();
/** What waits, the most urgent first. */
const waiting: Readonly<Record<Urgency, (() => Promise<void>)[]>> = { request: [], control: [], wide: [] };
/** Requests that went before what waits in `control`. */
let requestsBefore = 0;
let draining = false;

const shelf = {
  graph: (key: string, wide: boolean) => {
    const held = graphs.get(key);
    return wide ? (held?.wide ?? held?.narrow) : held?.narrow;
  },
  load: (model: Uint8Array) => backend.load(model, { intraOpThreads: 1, bare: false, anySize: true }),
};

function enqueue(urgency: Urgency, work: () => Promise<void>): void {
  waiting[urgency].push(work);
  if (!draining) void drain();
}

async function drain(): Promise<void> {
  draining = true;
  for (let work = next(); work !== undefined; work = next()) {
    board.setRunning(engine, true);
    await work();
  }
  board.setRunning(engine, false);
  draining = false;
}

function next(): (() => Promise<void>) | undefined {
  const { request, control: loading, wide } = waiting;
  const loadingIsDue = loading.length > 0 && requestsBefore >= REQUESTS_BEFORE_LOADING;
  if (request.length > 0 && !loadingIsDue) {
    requestsBefore = loading.length === 0 ? 0 : requestsBefore + 1;
    return request.shift();
  }
  requestsBefore = 0;
  return loading.shift() ?? wide.shift();
}

function connect(port: MessagePort, cell: SharedArrayBuffer): void {
  const session = new GuestSession(port, cell, shelf);
  port.on('message', (question: Question) => enqueue('request', () => session.answer(question)));
  port.on('close', () => enqueue('request', () => session.close()));
}

function connectClient(port: MessagePort): void {
  port.on('message', (question: ClientQuestion) =>
    enqueue('request', () => answerClient(port, question, shelf.graph(question.graph, question.wide))),
  );
}

async function load(question: Extract<ControlQuestion, { kind: 'load' }>): Promise<void> {
  const { key, model, bare } = question;
  try {
    const options = { intraOpThreads: 1, bare, anySize: bare };
    const narrow = await backend.load(unshared(model), options);
    graphs.set(key, { narrow, wide: undefined, bare });
    reply({ kind: 'loaded', key, facts: narrow.facts });
  } catch (error) {
    const code = error instanceof EngineError ? error.code : 'runtime-error';
    reply({ kind: 'refused', key, code, message: messageOf(error) });
  }
}

/** The graph serves without it, so nobody waits for this and nothing is lost when it cannot be had. */
async function widen(key: string, model: SharedArrayBuffer): Promise<void> {
  const held = graphs.get(key);
  if (held === undefined || held.wide !== undefined) return;
  const options = { intraOpThreads: cores, bare: held.bare, anySize: held.bare };
  held.wide = await backend.load(unshared(model), options).catch(() => undefined);
}

/** ONNX Runtime refuses shared memory. */
function unshared(model: SharedArrayBuffer): Uint8Array {
  return new Uint8Array(model).slice();
}

async function unload(key: string): Promise<void> {
  const held = graphs.get(key);
  graphs.delete(key);
  await held?.narrow.release();
  await held?.wide?.release();
}

function reply(answer: ControlAnswer): void {
  control.postMessage(answer);
}

control.on('message', (question: ControlQuestion) => {
  switch (question.kind) {
    case 'connect':
      return connect(question.port, question.cell);
    case 'connect-client':
      return connectClient(question.port);
    case 'load':
      return enqueue('control', () => load(question));
    case 'widen':
      return enqueue('wide', () => widen(question.key, question.model));
    case 'unload':
      return enqueue('control', () => unload(question.key));
    case 'close':
      return enqueue('control', async () => {
        for (const key of graphs.keys()) await unload(key);
        process.exit(0);
      });
  }
});
