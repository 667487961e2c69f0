import { expect, test } from 'vitest';
import { BodyChunks } from '../../src/http/body/body-chunks.ts';

function chunkOf(...bytes: number[]): Buffer {
  const chunk = Buffer.allocUnsafeSlow(bytes.length);
  chunk.set(bytes);
  return chunk;
}

function isDetached({ buffer }: Buffer): boolean {
  return buffer instanceof ArrayBuffer && buffer.detached;
}

test('pieces are taken across the borders of chunks', () => {
  const body = new BodyChunks([chunkOf(1, 2, 3), chunkOf(4), chunkOf(5, 6)]);
  expect([...body.take(2)]).toEqual([1, 2]);
  expect([...body.take(3)]).toEqual([3, 4, 5]);
  expect(body.left).toBe(1);
  expect([...body.take(1)]).toEqual([6]);
  expect(() => body.take(1)).toThrow(RangeError);
});

test('a chunk gives its memory back as soon as all of it is taken', () => {
  const chunks = [chunkOf(1, 2, 3), chunkOf(4, 5)];
  const body = new BodyChunks(chunks);
  body.take(4);
  expect(chunks.map(isDetached)).toEqual([true, false]);
  body.take(1);
  expect(chunks.map(isDetached)).toEqual([true, true]);
});

test('memory that a chunk shares with others stays as it is', () => {
  const pooled = Buffer.from('ab');
  const whole = chunkOf(1, 2, 3, 4);
  const body = new BodyChunks([pooled, whole.subarray(0, 2)]);
  expect([...body.take(4)]).toEqual([97, 98, 1, 2]);
  expect(pooled.toString()).toBe('ab');
  expect([...whole]).toEqual([1, 2, 3, 4]);
});
