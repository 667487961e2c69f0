import { expect, test } from 'vitest';
import { FairQueue, type QueueEntry } from '../../src/async/fair-queue.ts';

interface Named extends QueueEntry {
  name: string;
}

function lineOf(...entries: [flow: string, name: string, priority?: number][]): FairQueue<Named> {
  const line = new FairQueue<Named>();
  for (const [flow, name, priority = 2] of entries) line.add({ flow, name, priority });
  return line;
}

function drain(line: FairQueue<Named>, may: (entry: Named) => boolean = () => true): string {
  const names: string[] = [];
  for (let entry = line.next(may); entry !== undefined; entry = line.next(may)) names.push(entry.name);
  return names.join(' ');
}

test('flows take turns, however many of one wait, and each keeps its own order', () => {
  const line = lineOf(['a', 'a1'], ['a', 'a2'], ['a', 'a3'], ['b', 'b1'], ['c', 'c1'], ['c', 'c2']);
  expect(drain(line)).toBe('a1 b1 c1 a2 c2 a3');
});

test('a priority goes before its own flow and not before another', () => {
  const line = lineOf(['a', 'a1'], ['a', 'late', 3], ['a', 'first', 1], ['a', 'second', 1], ['b', 'b1']);
  expect(drain(line)).toBe('first b1 second a1 late');
});

test('one that has waited before is the first of its flow, at the end of the round', () => {
  const line = lineOf(['a', 'a1'], ['a', 'a2'], ['b', 'b1']);
  const first = line.next(() => true);
  expect(first?.name).toBe('a1');
  if (first !== undefined) line.addFirst(first);
  expect(drain(line)).toBe('b1 a1 a2');
});

test('one that may not go holds up its own flow and no other', () => {
  const line = lineOf(['a', 'long'], ['a', 'a2'], ['b', 'b1'], ['b', 'b2']);
  expect(drain(line, ({ name }) => name !== 'long')).toBe('b1 b2');
  expect(drain(line)).toBe('long a2');
});

test('one that leaves is gone, and leaving twice, or after its turn, does nothing', () => {
  const line = lineOf(['a', 'a1'], ['b', 'b1'], ['a', 'a2']);
  const [gone] = line.entries;
  if (gone === undefined) throw new Error('the line is empty');
  line.remove(gone);
  line.remove(gone);
  expect(drain(line)).toBe('a2 b1');
  line.remove(gone);
  expect(line.entries).toEqual([]);
});

test('a flow that has used time goes after those that have not, and in the round with those that used as much', () => {
  const line = lineOf(['a', 'a1'], ['a', 'a2'], ['b', 'b1'], ['b', 'b2'], ['c', 'c1']);
  for (const flow of ['a', 'b']) line.charge(flow, 3_600_000);
  expect(drain(line)).toBe('c1 a1 b1 a2 b2');
});
