import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { monotonicMs } from '../../src/async/clock.ts';
import { SERVICE_LIMITS } from '../../src/config/limits.ts';
import { Engine, type EngineConnection } from '../../src/engine/engine.ts';
import { GuestEngine } from '../../src/engine/guest-engine.ts';
import type { GraphReference } from '../../src/engine/native-graph.ts';
import type { RunInput } from '../../src/engine/runtime.ts';
import { SharedVerdict } from '../../src/engine/trial/shared-verdict.ts';
import { built } from './built.ts';
import type { Value } from './guest-script.ts';

/** The engine as guest threads have it, on the test's own thread or on one that a test can end. */

export const GUEST_SLOTS = 8;

export function startEngine(runs = 2, memoryBytes: number = SERVICE_LIMITS.runMemoryBytes): Engine {
  return new Engine({ runs, guestSlots: GUEST_SLOTS, memoryBytes });
}

export interface TestGuest extends Disposable {
  guest: GuestEngine;
  connection: EngineConnection;
}

/** A guest on the test's own thread, which runs graphs just as a guest thread would; none that it brings is tried. */
export function guestOf(engine: Engine, { slot = 0, deadlineMs = 30_000, long = false } = {}): TestGuest {
  const connection = engine.connect(slot);
  const guest = new GuestEngine(connection, ({ verdict }) => new SharedVerdict(verdict).harmless());
  guest.begin(1, inMs(deadlineMs), long);
  return {
    guest,
    connection,
    [Symbol.dispose]: () => {
      guest.end();
      engine.disconnect(connection);
    },
  };
}

export function inMs(ms: number): number {
  return monotonicMs() + ms;
}

export function inputFrom(name: string, { dimensions, data }: Value): RunInput {
  return { name, dimensions, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/** The elements of the first output, copied. */
export function firstOutput(
  guest: GuestEngine,
  graph: GraphReference,
  inputs: readonly RunInput[],
): Uint8Array {
  const [tensor] = guest.run(graph, inputs, ['y']);
  if (tensor === undefined) throw new Error('There is no output.');
  const bytes = guest.read(tensor).slice();
  guest.release(tensor);
  return bytes;
}

/**
 * A thread that runs `source` with a guest engine on `connection`, and `data` in scope. It has attached when this
 * returns; a message that it posts says how it goes on.
 */
export async function threadOn(
  connection: EngineConnection,
  source: string,
  data: Readonly<Record<string, unknown>> = {},
): Promise<Worker> {
  const module = JSON.stringify(pathToFileURL(built('src/engine/guest-engine.ts')).href);
  const prelude = `const { parentPort, workerData } = require('node:worker_threads');
    const { connection, ${Object.keys(data).join(', ')} } = workerData;
    import(${module}).then(({ GuestEngine }) => {
      const guest = new GuestEngine(connection, () => undefined);
      guest.begin(1, Infinity, false);
      parentPort.postMessage('attached');
      ${source}
    });`;
  const worker = new Worker(prelude, { eval: true, workerData: { connection, ...data } });
  await once(worker, 'message');
  return worker;
}

/** Looks every millisecond until it is so. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setTimeout(1);
}
