import { expect, onTestFinished, test, vi } from 'vitest';
import { Admission } from '../../src/service/queue/admission.ts';
import { QueuedBytes } from '../../src/service/queue/queued-bytes.ts';
import { RequestScope } from '../../src/service/queue/request-scope.ts';

const scopeOf = (client: string) => new RequestScope(60_000, { client });

function enter(admission: Admission, client: string, bytes = 1): { scope: RequestScope; place: Disposable } {
  const scope = scopeOf(client);
  return { scope, place: admission.enter(scope, bytes) };
}

const admissionOf = (runSlots: number, queueLength: number, queuedBytes = new QueuedBytes(1_000)) =>
  new Admission({ model: 'm', runSlots, queueLength, queuedBytes });

test('a client that is alone may have every place, and no more', () => {
  const admission = admissionOf(1, 3);
  for (let i = 0; i < 4; i++) enter(admission, 'alone');
  expect(() => enter(admission, 'alone')).toThrow('Model m has 4 requests waiting or running');
  expect(admission.refusalOf({ client: 'alone', bytes: 1 })).toMatchObject({
    code: 'over-capacity',
    retryAfterSeconds: 1,
  });
});

test('a client with fewer requests takes the place of the last that waits of the client with the most', () => {
  const admission = admissionOf(1, 3);
  const crowd = Array.from({ length: 4 }, () => enter(admission, 'crowd').scope);
  crowd[0]?.begin();
  expect(admission.refusalOf({ client: 'other', bytes: 1 })).toBeUndefined();
  enter(admission, 'other');
  expect(crowd.map(({ signal }) => signal.aborted)).toEqual([false, false, false, true]);
  expect(crowd[3]?.signal.reason).toMatchObject({ code: 'over-capacity' });
  enter(admission, 'other');
  // Two and two: neither goes before the other.
  expect(() => enter(admission, 'other')).toThrow('queueLength');
  expect(() => enter(admission, 'crowd')).toThrow('queueLength');
  expect(admission.present).toBe(4);
});

test('what runs is never pushed out', () => {
  const admission = admissionOf(2, 0);
  for (let i = 0; i < 2; i++) enter(admission, 'crowd').scope.begin();
  expect(() => enter(admission, 'other')).toThrow('queueLength');
});

test('one that was pushed out gives back nothing more when it ends', () => {
  const queuedBytes = new QueuedBytes(1_000);
  const admission = admissionOf(1, 1, queuedBytes);
  const [, second] = [enter(admission, 'crowd', 10), enter(admission, 'crowd', 20)];
  enter(admission, 'other', 5);
  second?.place[Symbol.dispose]();
  second?.place[Symbol.dispose]();
  expect([admission.present, queuedBytes.bytes]).toEqual([2, 15]);
});

test('maxQueuedBytes bounds the files of all models together, and lets a single larger one through', () => {
  const queuedBytes = new QueuedBytes(100);
  const [one, two] = [admissionOf(1, 9, queuedBytes), admissionOf(1, 9, queuedBytes)];
  const { place } = enter(one, 'a', 200);
  expect(() => enter(two, 'a', 1)).toThrow('more than the 100 bytes of maxQueuedBytes');
  place[Symbol.dispose]();
  enter(two, 'a', 60);
  expect(() => enter(one, 'a', 60)).toThrow('maxQueuedBytes');
  enter(one, 'a', 40);
});

test('over maxQueuedBytes the client with the most bytes gives way, what it sent last first, though at another model', () => {
  const queuedBytes = new QueuedBytes(100);
  const [sounds, pictures] = [admissionOf(1, 9, queuedBytes), admissionOf(1, 9, queuedBytes)];
  const greedy = [40, 30, 30].map((bytes) => enter(sounds, 'greedy', bytes).scope);
  greedy[0]?.begin();
  expect(pictures.refusalOf({ client: 'other', bytes: 35 })).toBeUndefined();
  enter(pictures, 'other', 35);
  expect(greedy.map(({ signal }) => signal.aborted)).toEqual([false, true, true]);
  expect(greedy[2]?.signal.reason).toMatchObject({
    code: 'over-capacity',
    message: expect.stringContaining('maxQueuedBytes'),
  });
  expect([sounds.present, pictures.present, queuedBytes.bytes]).toEqual([1, 1, 75]);
  // It would have more than the other.
  expect(() => enter(sounds, 'greedy', 30)).toThrow('maxQueuedBytes');
});

test('what runs is never pushed out for its bytes: a client within its share is let in beside it', () => {
  const queuedBytes = new QueuedBytes(100);
  const [sounds, pictures] = [admissionOf(1, 9, queuedBytes), admissionOf(1, 9, queuedBytes)];
  const { scope, place } = enter(sounds, 'greedy', 100);
  scope.begin();
  expect(() => enter(pictures, 'other', 51)).toThrow('maxQueuedBytes');
  enter(pictures, 'other', 33);
  expect(() => enter(pictures, 'third', 34)).toThrow('maxQueuedBytes');
  enter(pictures, 'third', 33);
  expect([scope.signal.aborted, queuedBytes.bytes]).toEqual([false, 166]);
  place[Symbol.dispose]();
  expect(queuedBytes.bytes).toBe(66);
});

test('who is turned away is told to come back when those that are here will be done', () => {
  vi.useFakeTimers({ toFake: ['hrtime'] });
  onTestFinished(() => void vi.useRealTimers());
  const admission = admissionOf(1, 3);
  const { scope, place } = enter(admission, 'a');
  scope.begin();
  vi.advanceTimersByTime(600);
  place[Symbol.dispose]();
  for (let i = 0; i < 4; i++) enter(admission, 'a');
  // Four that take as long as the one: 0.6 s each, on one place.
  expect(admission.refusalOf({ client: 'a', bytes: 1 })?.retryAfterSeconds).toBe(3);
});
