import { afterAll, expect, test } from 'vitest';
import { LoadBoard } from '../../src/bridge/load-board.ts';
import { beside, computeOn, inMs, inputFrom, linkTo, loadInto, startEngines } from '../support/guest-link.ts';
import { i64 } from '../support/guest-values.ts';
import { spinningModel } from '../support/onnx-models.ts';

/** Who is busy, as every thread sees it. */

const fresh = (engines: number, guests: number) =>
  new LoadBoard(LoadBoard.allocate(engines, guests), engines);

test('an idle board names the first engine and says that nobody is busy', () => {
  expect(fresh(3, 3).leastLoaded()).toEqual({ engine: 0, idle: true });
});

test('a guest goes where the fewest wait', () => {
  const board = fresh(3, 5);
  for (const [slot, engine] of [0, 0, 1, 2, 2].entries()) board.setWaiting(slot, engine);
  expect(board.leastLoaded()).toEqual({ engine: 1, idle: false });
  board.setWaiting(3, undefined);
  board.setWaiting(4, undefined);
  expect(board.leastLoaded()).toEqual({ engine: 2, idle: false });
});

test('a run and the guest that waits for it count as one', () => {
  const board = fresh(1, 2);
  board.setRunning(0, true);
  board.setWaiting(0, 0);
  expect(board.loadOf(0)).toBe(1);
  board.setWaiting(1, 0);
  expect(board.loadOf(0)).toBe(2);
});

test('what an engine thread does for long weighs as a long call, though nobody waits for it', async () => {
  const board = fresh(2, 3);
  board.setRunning(0, true);
  board.setWaiting(0, 1);
  board.setWaiting(1, 1);
  expect(board.leastLoaded().engine).toBe(0);
  await expect.poll(() => board.leastLoaded().engine).toBe(1);
  board.setRunning(0, true); // the next
  expect(board.leastLoaded().engine).toBe(0);
});

test('short calls go where no long one runs, and long ones do not count when all are alike', () => {
  const board = fresh(2, 4);
  board.setWaiting(0, 1, true);
  for (const slot of [1, 2, 3]) {
    expect(board.leastLoaded().engine).toBe(0);
    board.setWaiting(slot, 0);
  }
  board.setWaiting(0, undefined);
  expect(board.leastLoaded().engine).toBe(1);
});

test('long calls leave the first engine to short requests that are about, and use all when alone', () => {
  const board = fresh(3, 3);
  const all = () => true;
  expect(board.leastLoaded(all, true).engine).toBe(0);
  board.noteShort();
  expect(board.leastLoaded(all, true).engine).toBe(1);
  expect(board.leastLoaded(all, false).engine).toBe(0);
  board.setWaiting(0, 1, true);
  expect(board.leastLoaded(all, true).engine).toBe(2);
  // Where the first alone can serve, it does.
  expect(board.leastLoaded((engine) => engine === 0, true).engine).toBe(0);
  const single = fresh(1, 1);
  single.noteShort();
  expect(single.leastLoaded(all, true).engine).toBe(0);
});

test('a run whose asker is gone counts until it is over', async () => {
  const pool = startEngines(2);
  afterAll(async () => pool.close());
  await loadInto(pool, 'spin', spinningModel());
  const { link, board, connection } = linkTo(pool.connect());
  link.begin(1, inMs(30));
  expect(() => computeOn(link, 'spin', [inputFrom('iterations', i64([500_000]))])).toThrow('deadline');
  expect(board.leastLoaded()).toEqual({ engine: 1, idle: false });
  // The engine thread itself says when it is done.
  const watcher = await beside(
    `until(() => Atomics.load(new Int32Array(board), 0) === 0);
     parentPort.postMessage('idle');`,
    { board: connection.board },
  );
  await new Promise((resolve) => watcher.once('message', resolve));
  expect(board.leastLoaded()).toEqual({ engine: 0, idle: true });
  for (const port of connection.ports) port.close();
});
