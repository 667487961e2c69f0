import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { EngineRefusal, RequestCancelled } from '../../src/bridge/engine-link.ts';
import {
  beside,
  computeOn,
  inMs,
  inputFrom,
  linkTo,
  loadInto,
  startEngines,
  type TestLink,
} from '../support/guest-link.ts';
import { f32, i64, u8 } from '../support/guest-values.ts';
import { identityModel, spinningModel } from '../support/onnx-models.ts';

/** The guest's end of the bridge, against real engine threads. */

const pool = startEngines(1);
afterAll(async () => pool.close());
beforeAll(async () => {
  await loadInto(pool, 'same', identityModel('UINT8', ['n']));
  await loadInto(pool, 'spin', spinningModel());
});

let bridge: TestLink;
let request = 0;
beforeEach(() => {
  bridge = linkTo(pool.connect());
  bridge.link.begin(++request, inMs(30_000));
  return () => bridge.connection.ports.forEach((port) => port.close());
});

/** Loops for about as long as it takes to count so far, some hundred milliseconds a million. */
const spin = (iterations: number) =>
  computeOn(bridge.link, 'spin', [inputFrom('iterations', i64([iterations]))]);
const same = (elements: readonly number[]) => computeOn(bridge.link, 'same', [inputFrom('x', u8(elements))]);
const handleOf = ({ outputs: [output] }: ReturnType<typeof same>) => output?.handle ?? -1;

test('an output stays with the engine until it is read, once', () => {
  const handle = handleOf(same([1, 2, 3]));
  expect(bridge.link.read(0, handle)).toEqual(Uint8Array.of(1, 2, 3));
  expect(() => bridge.link.read(0, handle)).toThrow(
    new EngineRefusal('invalid-argument', 'The tensor was consumed or dropped.'),
  );
});

test('an input’s bytes are moved to the engine, not copied', () => {
  const input = inputFrom('x', u8([1]));
  computeOn(bridge.link, 'same', [input]);
  expect('bytes' in input && input.bytes.buffer).toMatchObject({ detached: true });
});

test('a dropped tensor is freed with the next frame', () => {
  const [dropped, kept] = [handleOf(same([1])), handleOf(same([2]))];
  bridge.link.drop(0, dropped);
  expect(bridge.link.read(0, kept)).toEqual(Uint8Array.of(2));
  expect(() => bridge.link.read(0, dropped)).toThrow('consumed or dropped');
});

test('handles die with their request, told or not', () => {
  const first = handleOf(same([1]));
  bridge.link.end();
  bridge.link.begin(++request, inMs(30_000));
  expect(() => bridge.link.read(0, first)).toThrow('consumed or dropped');
  const second = handleOf(same([2]));
  bridge.link.begin(++request, inMs(30_000));
  expect(() => bridge.link.read(0, second)).toThrow('consumed or dropped');
});

test('one guest’s handles are nothing to another', () => {
  const handle = handleOf(same([1]));
  const other = linkTo(pool.connect(), 1);
  other.link.begin(request, inMs(30_000));
  expect(() => other.link.read(0, handle)).toThrow('consumed or dropped');
  expect(bridge.link.read(0, handle)).toEqual(Uint8Array.of(1));
  for (const port of other.connection.ports) port.close();
});

test('a wait ends at the deadline, and the late answer is never taken for a later one', () => {
  bridge.link.begin(++request, inMs(30));
  expect(() => spin(300_000)).toThrow(
    new EngineRefusal('timeout', 'The deadline of the request has passed.'),
  );
  expect(bridge.link.waitedMs).toBeGreaterThanOrEqual(29);
  bridge.link.begin(request, inMs(30_000));
  const late = handleOf(same([7])) - 1;
  expect(bridge.link.read(0, late + 1)).toEqual(Uint8Array.of(7));
  // The answer that nobody waited for any more told this handle; it was dropped unseen.
  expect(() => bridge.link.read(0, late)).toThrow('consumed or dropped');
});

test('a deadline that has passed already is told at once, and the next request is served', () => {
  bridge.link.begin(++request, inMs(-1));
  expect(() => same([1])).toThrow('deadline');
  bridge.link.end();
  bridge.link.begin(++request, inMs(30_000));
  expect(bridge.link.read(0, handleOf(same([2])))).toEqual(Uint8Array.of(2));
});

test('cancelling a request wakes the guest that waits', async () => {
  const { cancelled, connection } = bridge;
  // Waits until the guest waits for engine 0, as the board says, and then does what the main thread does.
  const canceller = await beside(
    `const waiting = new Int32Array(board);
     until(() => Atomics.load(waiting, row) !== 0);
     Atomics.store(new Int32Array(cancelled), 0, request);
     Atomics.add(new Int32Array(cell), 0, 1);
     Atomics.notify(new Int32Array(cell), 0);`,
    { board: connection.board, cell: connection.cell, cancelled, request, row: connection.engines + 1 },
  );
  expect(() => spin(500_000)).toThrow(RequestCancelled);
  expect(() => same([1])).toThrow(RequestCancelled);
  await canceller.terminate();
  bridge.link.begin(++request, inMs(30_000));
  expect(bridge.link.read(0, handleOf(same([3])))).toEqual(Uint8Array.of(3));
});

test('what the engine refuses keeps its code and message', () => {
  expect(() => computeOn(bridge.link, 'gone', [])).toThrow(
    new EngineRefusal('not-found', 'The graph is no longer loaded.'),
  );
  const floats = inputFrom('x', f32([1]));
  expect(() => computeOn(bridge.link, 'same', [floats])).toThrow(EngineRefusal);
  expect(() => bridge.link.compute(5, { graph: 'same', wide: false, inputs: [], outputBytes: 0 })).toThrow(
    'There is no engine 5.',
  );
});

test('an engine does not begin what nobody waits for any more', () => {
  bridge.link.begin(++request, inMs(30));
  expect(() => spin(500_000)).toThrow('deadline');
  const other = linkTo(pool.connect());
  const late = ++request;
  other.link.begin(late, inMs(1));
  const endless = [inputFrom('iterations', i64([1_000_000_000]))];
  expect(() => computeOn(other.link, 'spin', endless)).toThrow('deadline');
  other.connection.ports.forEach((port) => port.close());
  bridge.link.begin(++request, inMs(20_000));
  expect(bridge.link.read(0, handleOf(same([4])))).toEqual(Uint8Array.of(4));
});
