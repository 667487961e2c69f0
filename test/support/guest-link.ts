import { once } from 'node:events';
import { MessagePort, Worker } from 'node:worker_threads';
import { monotonicMs } from '../../src/bridge/clock.ts';
import { EngineLink } from '../../src/bridge/engine-link.ts';
import { LoadBoard } from '../../src/bridge/load-board.ts';
import type { InputFrame } from '../../src/bridge/protocol.ts';
import { EnginePool, type EngineConnection } from '../../src/engine/engine-pool.ts';
import type { Value } from './guest-script.ts';

/** A guest thread's end of the bridge on the test's own thread, which then waits just as a guest would. */

export interface TestLink {
  link: EngineLink;
  connection: EngineConnection;
  board: LoadBoard;
  cancelled: SharedArrayBuffer;
}

export function startEngines(engines: number): EnginePool {
  return new EnginePool({
    engines,
    guestSlots: 2,
    onLost: (reason) => {
      throw new Error(`an engine thread was lost: ${reason}`);
    },
  });
}

export function linkTo(connection: EngineConnection, slot = 0): TestLink {
  const board = new LoadBoard(connection.board, connection.engines);
  const cancelled = new SharedArrayBuffer(4);
  const { ports, cell } = connection;
  return { link: new EngineLink({ ports, cell, cancelled, board, slot }), connection, board, cancelled };
}

export function inMs(ms: number): number {
  return monotonicMs() + ms;
}

/** On every engine thread. */
export async function loadInto(pool: EnginePool, key: string, model: Uint8Array): Promise<void> {
  await pool.load(key, shared(model), false);
  await pool.spread();
}

export function shared(bytes: Uint8Array): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(bytes.byteLength);
  new Uint8Array(buffer).set(bytes);
  return buffer;
}

export function inputFrom(name: string, { type, dimensions, data }: Value): InputFrame {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, kept: false, type, dimensions, bytes };
}

/** One compute with no limit on its outputs, on engine 0. */
export function computeOn(link: EngineLink, graph: string, inputs: readonly InputFrame[]) {
  return link.compute(0, { graph, wide: false, inputs, outputBytes: Infinity });
}

/**
 * A thread that runs `source`, with `data` in scope, while the test's own thread waits. It is running when
 * this returns.
 */
export async function beside(source: string, data: Readonly<Record<string, unknown>>): Promise<Worker> {
  const names = Object.keys(data).join(', ');
  const prelude = `const { parentPort, workerData } = require('node:worker_threads');
    const { ${names} } = workerData;
    /** Looks until it is so; nobody tells. */
    const until = (condition) => { const cell = new Int32Array(new SharedArrayBuffer(4)); while (!condition()) Atomics.wait(cell, 0, 0, 1); };
    parentPort.postMessage('running');`;
  const transferList = Object.values(data).filter((value) => value instanceof MessagePort);
  const worker = new Worker(`${prelude}\n${source}`, { eval: true, workerData: data, transferList });
  await once(worker, 'message');
  return worker;
}
