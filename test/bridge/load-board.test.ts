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
