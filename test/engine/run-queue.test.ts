import { expect, test, vi } from 'vitest';
import { RunQueue } from '../../src/engine/run-queue.ts';

/** Which thread may run next, by the table alone: rows stand for threads. */

function queueOf(runs: number, threads = 6): RunQueue {
  return new RunQueue(RunQueue.allocate({ runs, threads }));
}

/** The threads that get a slot when all look, in the order in which they look. */
function letIn(queue: RunQueue, rows: readonly number[]): number[] {
  return rows.filter((row) => queue.tryEnter(row));
}

test('no more run than there are slots, and the first that came goes first', () => {
  const queue = queueOf(2);
  for (const row of [3, 1, 2]) queue.enqueue(row, 'short');
  expect(letIn(queue, [1, 2, 3])).toEqual([1, 3]);
  expect(queue.busy).toBe(2);
  queue.leave(3);
  expect(letIn(queue, [2])).toEqual([2]);
});

test('short ones go before long ones that came earlier', () => {
  const queue = queueOf(1);
  queue.enqueue(0, 'long');
  queue.enqueue(1, 'short');
  expect(letIn(queue, [0, 1])).toEqual([1]);
  queue.leave(1);
  expect(letIn(queue, [0])).toEqual([0]);
});

test('while short ones are about, long ones leave a slot to them, unless it is the only one', () => {
  const two = queueOf(2);
  two.noteShortRequest();
  for (const row of [0, 1]) two.enqueue(row, 'long');
  expect(letIn(two, [0, 1])).toEqual([0]);
  two.enqueue(2, 'short');
  expect(letIn(two, [2])).toEqual([2]);
  const one = queueOf(1);
  one.noteShortRequest();
  one.enqueue(0, 'long');
  expect(letIn(one, [0])).toEqual([0]);
});

test('a short one that lasts keeps nobody waiting, and takes nothing from others when it leaves', () => {
  vi.useFakeTimers({ toFake: ['hrtime'] });
  try {
    const queue = queueOf(1);
    for (const row of [0, 1, 2]) queue.enqueue(row, 'short');
    expect(letIn(queue, [0, 1])).toEqual([0]);
    vi.advanceTimersByTime(300);
    expect(letIn(queue, [2, 1, 2])).toEqual([1]);
    queue.leave(0);
    expect(letIn(queue, [2])).toEqual([]);
    queue.leave(1);
    expect(letIn(queue, [2])).toEqual([2]);
  } finally {
    vi.useRealTimers();
  }
});

test('a short one that lasts keeps its slot while another is free', () => {
  vi.useFakeTimers({ toFake: ['hrtime'] });
  try {
    const queue = queueOf(2);
    queue.enqueue(0, 'short');
    expect(letIn(queue, [0])).toEqual([0]);
    vi.advanceTimersByTime(300);
    queue.enqueue(1, 'short');
    expect(letIn(queue, [1])).toEqual([1]);
    queue.leave(1);
    expect(queue.busy).toBe(1);
  } finally {
    vi.useRealTimers();
  }
});

test('long ones leave no slot to short ones while one of these lasts', () => {
  vi.useFakeTimers({ toFake: ['hrtime'] });
  try {
    const queue = queueOf(2);
    queue.enqueue(0, 'short');
    expect(letIn(queue, [0])).toEqual([0]);
    queue.enqueue(1, 'long');
    vi.advanceTimersByTime(200);
    queue.noteShortRequest();
    expect(letIn(queue, [1])).toEqual([]);
    vi.advanceTimersByTime(100);
    expect(letIn(queue, [1])).toEqual([1]);
  } finally {
    vi.useRealTimers();
  }
});

test('what hears and settles live speech goes before other long ones, and after short ones', () => {
  const queue = queueOf(1);
  queue.enqueue(0, 'long');
  queue.enqueue(1, 'live');
  queue.enqueue(2, 'short');
  for (const row of [2, 1, 0]) {
    expect(letIn(queue, [0, 1, 2])).toEqual([row]);
    queue.leave(row);
  }
});

test('while somebody speaks, other long ones leave a slot to what hears him', () => {
  const queue = queueOf(2);
  queue.enqueue(0, 'live');
  expect(letIn(queue, [0])).toEqual([0]);
  queue.leave(0);
  for (const row of [1, 2]) queue.enqueue(row, 'long');
  expect(letIn(queue, [1, 2])).toEqual([1]);
  queue.enqueue(0, 'live');
  expect(letIn(queue, [0])).toEqual([0]);
});

test('long ones use every slot when they are alone', () => {
  const queue = queueOf(2);
  for (const row of [0, 1]) queue.enqueue(row, 'long');
  expect(letIn(queue, [0, 1])).toEqual([0, 1]);
});

test('a run is alone where nothing runs beside it and nothing waits', () => {
  const queue = queueOf(2);
  queue.enqueue(0, 'short');
  queue.tryEnter(0);
  expect(queue.alone).toBe(true);
  queue.enqueue(1, 'short');
  expect(queue.alone).toBe(false);
  queue.tryEnter(1);
  expect(queue.alone).toBe(false);
  queue.leave(1);
  expect(queue.alone).toBe(true);
});

test('a run is not alone while another request is on its way', () => {
  const queue = queueOf(2);
  queue.enqueue(0, 'short');
  queue.tryEnter(0);
  queue.setActiveRequests(2);
  expect(queue.alone).toBe(false);
  queue.setActiveRequests(1);
  expect(queue.alone).toBe(true);
});

test('a thread that has ended anywhere holds nothing up', () => {
  const queue = queueOf(1);
  queue.enqueue(0, 'short'); // waits before the other, and ends
  queue.enqueue(1, 'short');
  expect(letIn(queue, [1])).toEqual([]);
  const before = queue.pulse;
  queue.leave(0);
  expect(queue.pulse).not.toBe(before); // the other looks again
  expect(letIn(queue, [1])).toEqual([1]);
  queue.enqueue(2, 'short');
  queue.leave(1); // in the middle of its run
  expect(letIn(queue, [2])).toEqual([2]);
});

test('order holds where the numbers of the tickets go round', () => {
  const shared = RunQueue.allocate({ runs: 1, threads: 2 });
  new Int32Array(shared)[1] = 2 ** 31 - 1; // the next ticket
  const queue = new RunQueue(shared);
  for (const row of [1, 0]) queue.enqueue(row, 'short');
  expect(letIn(queue, [0, 1])).toEqual([1]);
});
