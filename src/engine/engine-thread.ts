/**
 * The entry of an engine thread: owns ONNX Runtime sessions and all tensors, answers guest threads directly.
 *
 * Design: everything that this thread is asked goes through one queue and is done one after the other,
 * because a run blocks its thread anyway. The thread is never terminated while a run is in flight, which
 * would abort the process: `close` is one more entry of the queue.
 * Ownership: sessions and tensors live and die here; other threads hold keys and handles.
 */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { LoadBoard } from '../bridge/load-board.ts';
import type { Question } from '../bridge/protocol.ts';
import { messageOf } from '../errors.ts';
import type { EngineGraph } from './backend.ts';
import { EngineError } from './engine-error.ts';
import type { ControlAnswer, ControlQuestion, EngineThreadData } from './engine-control.ts';
import { GuestSession } from './guest-session.ts';
import { createOnnxRuntime } from './onnxruntime.ts';

const { engine, engines, cores, board: shared } = workerData as EngineThreadData;
const control = parentPort as MessagePort;
const board = new LoadBoard(shared, engines);
const backend = createOnnxRuntime();
const graphs = new Map<string, { narrow: EngineGraph; wide: EngineGraph | undefined }>();
const queue: (() => Promise<void>)[] = [];
let draining = false;

const shelf = {
  graph: (key: string, wide: boolean) => {
    const held = graphs.get(key);
    return wide ? (held?.wide ?? held?.narrow) : held?.narrow;
  },
  load: (model: Uint8Array) => backend.load(model, { intraOpThreads: 1 }),
};

function enqueue(work: () => Promise<void>): void {
  queue.push(work);
  if (!draining) void drain();
}

async function drain(): Promise<void> {
  draining = true;
  board.setRunning(engine, true);
  for (let work = queue.shift(); work !== undefined; work = queue.shift()) await work();
  board.setRunning(engine, false);
  draining = false;
}

function connect(port: MessagePort, cell: SharedArrayBuffer): void {
  const session = new GuestSession(port, cell, shelf);
  port.on('message', (question: Question) => enqueue(() => session.answer(question)));
  port.on('close', () => enqueue(() => session.close()));
}

async function load(question: Extract<ControlQuestion, { kind: 'load' }>): Promise<void> {
  const { key, model, wide } = question;
  const bytes = new Uint8Array(model).slice(); // ONNX Runtime refuses shared memory
  try {
    const narrow = await backend.load(bytes, { intraOpThreads: 1 });
    const both = { narrow, wide: wide ? await backend.load(bytes, { intraOpThreads: cores }) : undefined };
    graphs.set(key, both);
    reply({ kind: 'loaded', key, facts: narrow.facts });
  } catch (error) {
    const code = error instanceof EngineError ? error.code : 'runtime-error';
    reply({ kind: 'refused', key, code, message: messageOf(error) });
  }
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
    case 'load':
      return enqueue(() => load(question));
    case 'unload':
      return enqueue(() => unload(question.key));
    case 'close':
      return enqueue(async () => {
        for (const key of graphs.keys()) await unload(key);
        process.exit(0);
      });
  }
});
