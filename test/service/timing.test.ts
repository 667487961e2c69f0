import { expect, test } from 'vitest';
import { timingOf } from '../../src/service/queue/timing.ts';
import { SpanLog } from '../../src/telemetry/span-log.ts';
import { MAX_SPANS, Span, type SpanRecord } from '../../src/telemetry/span.ts';

/** A span of the request, with spans of its own. */
function part(
  parent: Span,
  name: SpanRecord['name'],
  [start, end]: [number, number],
  parts: SpanRecord[] = [],
) {
  parent.adopt([{ name, start, end }]);
  parent.children.at(-1)?.adopt(parts);
}

test('what a stage waited for others is queue and not the stage’s, and all that was done adds up', () => {
  const request = new Span('request', { start: 0 });
  part(request, 'queue', [0, 10]);
  part(request, 'media', [10, 40], [{ name: 'queue', start: 20, end: 25 }]);
  part(request, 'queue', [40, 41]);
  part(
    request,
    'guest',
    [41, 100],
    [
      { name: 'instantiate', start: 41, end: 44 },
      { name: 'queue', start: 50, end: 60 },
      { name: 'compute', start: 60, end: 70 },
      { name: 'compute', start: 75, end: 80 },
    ],
  );
  request.close(100);
  const timing = timingOf(request);
  expect(timing).toEqual({ queue: 26, media: 25, guest: 49, instantiate: 3, compute: 15, total: 100 });
  expect(timing.queue + timing.media + timing.guest).toBe(timing.total);
});

test('spans beyond the most that one call notes are merged by name, and nothing of their time is lost', () => {
  const log = new SpanLog();
  for (let start = 0; start < 4 * MAX_SPANS; start += 2) {
    log.add({ name: 'compute', start, end: start + 1 });
  }
  log.add({ name: 'queue', start: 0, end: 7 });
  const spans = log.take();
  expect(spans).toHaveLength(MAX_SPANS + 2);
  expect(spans.at(-2)).toEqual({
    name: 'compute',
    start: 2 * MAX_SPANS,
    end: 4 * MAX_SPANS - 1,
    busyMs: MAX_SPANS,
  });
  const request = new Span('request', { start: 0 });
  request.adopt(spans);
  expect(timingOf(request)).toMatchObject({ compute: 2 * MAX_SPANS, queue: 7 });
  expect(log.take()).toEqual([]);
});

test('so are parts of a span that are opened one by one, however many', () => {
  const guest = new Span('guest', { start: 0 });
  let ms = 0;
  for (let pause = 0; pause < 3 * MAX_SPANS; pause++) {
    using queue = guest.open('queue');
    queue.close();
    ms += queue.ms;
  }
  expect(guest.children).toHaveLength(MAX_SPANS + 1);
  expect(guest.children.reduce((sum, child) => sum + child.ms, 0)).toBeCloseTo(ms, 3);
  expect(guest.children.at(-1)?.end).toBeLessThanOrEqual(performance.timeOrigin + performance.now());
});

test('a span that is open lasts until now, and its first end is its end', async () => {
  const span = new Span('request');
  const failed = span.during('media', async () => Promise.reject(new Error('damaged')));
  await expect(failed).rejects.toThrow('damaged');
  expect(span.children[0]?.end).toBeGreaterThanOrEqual(span.start);
  expect(span.end).toBeUndefined();
  span.close(span.start + 5);
  span.close(span.start + 7);
  expect(span.ms).toBeCloseTo(5);
});
