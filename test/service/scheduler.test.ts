import { expect, test } from 'vitest';
import { Scheduler, type RequestClass, type Slot } from '../../src/service/queue/scheduler.ts';

/** A queued request and its outcome; `settled` lets pending promises settle. */
class QueuedRequest {
  slot: Slot | undefined;
  refused: unknown;
  readonly #controller = new AbortController();

  constructor(
    scheduler: Scheduler,
    requestClass: RequestClass,
    flow = 'somebody',
    slow = () => false,
    usedMs = () => 0,
  ) {
    const signal = this.#controller.signal;
    scheduler
      .acquire({
        class: requestClass,
        flow,
        client: flow,
        priority: 0,
        signal,
        slow,
        usedMs,
      })
      .then(
        (slot) => (this.slot = slot),
        (reason: unknown) => (this.refused = reason),
      );
  }

  giveUp(): void {
    this.#controller.abort(new Error('gave up'));
  }

  end(): void {
    this.slot?.[Symbol.dispose]();
  }
}

const settled = async () => new Promise((resolve) => setImmediate(resolve));
const holdSlot = (asked: readonly QueuedRequest[]) => asked.map(({ slot }) => slot !== undefined);

test('short requests have slots for the guest threads and for three to be decoded; a freed one goes to the next', async () => {
  const scheduler = new Scheduler({ guestThreads: 1, maxConcurrentTranscriptions: 2 });
  const asked = Array.from({ length: 6 }, () => new QueuedRequest(scheduler, 'short'));
  await settled();
  expect(holdSlot(asked)).toEqual([true, true, true, true, false, false]);
  expect(scheduler.state).toMatchObject({ waiting: { short: 2 }, running: { short: 4 } });
  asked[1]?.end();
  asked[1]?.end();
  await settled();
  expect(holdSlot(asked)).toEqual([true, true, true, true, true, false]);
});

test('no sound, however many wait, takes the slot of a short request', async () => {
  const scheduler = new Scheduler({ guestThreads: 1, maxConcurrentTranscriptions: 2 });
  const sounds = Array.from({ length: 9 }, () => new QueuedRequest(scheduler, 'long'));
  const photo = new QueuedRequest(scheduler, 'short');
  await settled();
  expect(holdSlot(sounds).filter(Boolean)).toHaveLength(1);
  expect(photo.slot).toBeDefined();
});

test('clients are served round-robin', async () => {
  const scheduler = new Scheduler({ guestThreads: 2, maxConcurrentTranscriptions: 2 });
  const running = new QueuedRequest(scheduler, 'sound');
  await settled();
  const crowd = Array.from({ length: 3 }, () => new QueuedRequest(scheduler, 'sound', 'crowd'));
  const other = new QueuedRequest(scheduler, 'sound', 'other');
  running.end();
  await settled();
  crowd[0]?.end();
  await settled();
  expect([holdSlot(crowd), other.slot !== undefined]).toEqual([[true, false, false], true]);
});

test('a sound that gives way goes behind those that wait, and comes back when they are done', async () => {
  const scheduler = new Scheduler({ guestThreads: 1, maxConcurrentTranscriptions: 2 });
  const long = new QueuedRequest(scheduler, 'long');
  await settled();
  await long.slot?.giveWay(); // nobody waits
  const clip = new QueuedRequest(scheduler, 'sound');
  await settled();
  expect(clip.slot).toBeUndefined();
  let back = false;
  const gaveWay = long.slot?.giveWay().then(() => (back = true));
  await settled();
  expect([clip.slot !== undefined, back]).toEqual([true, false]);
  expect(scheduler.state).toMatchObject({ waiting: { long: 1 }, running: { sound: 1, long: 0 } });
  clip.end();
  await gaveWay;
  expect(scheduler.state).toMatchObject({ waiting: { long: 0 }, running: { sound: 0, long: 1 } });
});

test('the last place for a sound to begin is for a short one', async () => {
  const scheduler = new Scheduler({ guestThreads: 1, maxConcurrentTranscriptions: 2 });
  const [first, second] = [
    new QueuedRequest(scheduler, 'long', 'a'),
    new QueuedRequest(scheduler, 'long', 'b'),
  ];
  const clip = new QueuedRequest(scheduler, 'sound', 'c');
  await settled();
  const gaveWay = first.slot?.giveWay();
  await settled();
  expect(holdSlot([first, second, clip])).toEqual([true, false, true]);
  clip.end();
  await gaveWay;
  // The second begins when the first is done, and not before.
  await first.slot?.giveWay();
  expect(second.slot).toBeUndefined();
  first.end();
  await settled();
  expect(second.slot).toBeDefined();
});

test('a client that has begun as many sounds as it may leaves the last place to another', async () => {
  const scheduler = new Scheduler({ guestThreads: 9, maxConcurrentTranscriptions: 4 });
  const crowd = Array.from({ length: 4 }, () => new QueuedRequest(scheduler, 'long', 'crowd'));
  const clips = Array.from({ length: 4 }, () => new QueuedRequest(scheduler, 'sound', 'crowd'));
  await settled();
  expect([holdSlot(crowd), holdSlot(clips)]).toEqual([
    [true, true, false, false],
    [true, false, false, false],
  ]);
  const other = new QueuedRequest(scheduler, 'sound', 'other');
  await settled();
  expect(other.slot).toBeDefined();
  crowd[0]?.end();
  await settled();
  expect([holdSlot(crowd)[2], holdSlot(clips)[1]].filter(Boolean)).toHaveLength(1);
});

test('who gives up leaves the line at once, and a turn that ends while it gives way is given to nobody', async () => {
  const scheduler = new Scheduler({ guestThreads: 1, maxConcurrentTranscriptions: 2 });
  const [long, clip, next] = [
    new QueuedRequest(scheduler, 'long'),
    new QueuedRequest(scheduler, 'sound'),
    new QueuedRequest(scheduler, 'sound'),
  ];
  await settled();
  next.giveUp();
  await settled();
  expect(next.refused).toMatchObject({ message: 'gave up' });
  const over = long.slot?.giveWay().catch((reason: unknown) => reason);
  await settled();
  expect(clip.slot).toBeDefined();
  long.end();
  clip.end();
  expect(await over).toMatchObject({ message: 'The request is over.' });
  await settled();
  const idle = { short: 0, sound: 0, long: 0 };
  expect(scheduler.state).toEqual({ waiting: idle, running: idle });
  const [again] = [new QueuedRequest(scheduler, 'long')];
  await settled();
  expect(again.slot).toBeDefined();
});

test('closing refuses who waits and whoever comes later', async () => {
  const scheduler = new Scheduler({ guestThreads: 1, maxConcurrentTranscriptions: 1 });
  const [running, waiting] = [new QueuedRequest(scheduler, 'sound'), new QueuedRequest(scheduler, 'sound')];
  await settled();
  const reason = new Error('closing');
  scheduler.close(reason);
  const late = new QueuedRequest(scheduler, 'short');
  await settled();
  expect([running.refused, waiting.refused, late.refused]).toEqual([undefined, reason, reason]);
});

test('slow models have as many slots together as there are guest threads, and what they had before is not counted', async () => {
  const scheduler = new Scheduler({ guestThreads: 1, maxConcurrentTranscriptions: 2 });
  let isSlow = false;
  const slow = () => isSlow;
  const before = Array.from({ length: 4 }, () => new QueuedRequest(scheduler, 'short', 'slow', slow));
  const later = new QueuedRequest(scheduler, 'short', 'slow', slow);
  const others = Array.from({ length: 4 }, () => new QueuedRequest(scheduler, 'short', 'other'));
  await settled();
  expect([holdSlot(before), holdSlot(others)]).toEqual([Array(4).fill(true), Array(4).fill(false)]);
  isSlow = true;
  scheduler.recheck();
  await settled();
  expect([later.slot, holdSlot(others)]).toEqual([undefined, [true, true, true, false]]);
  for (const request of before) request.end();
  await settled();
  expect([later.slot !== undefined, holdSlot(others)]).toEqual([true, [true, true, true, false]]);
});

test('those whose guests have worked for less go first, and are told to be before the others', async () => {
  const scheduler = new Scheduler({ guestThreads: 1, maxConcurrentTranscriptions: 2 });
  const workedMs = () => 500;
  const before = Array.from(
    { length: 4 },
    () => new QueuedRequest(scheduler, 'short', 'busy', undefined, workedMs),
  );
  await settled();
  before[0]?.end();
  const [later, quick] = [
    new QueuedRequest(scheduler, 'short', 'busy'),
    new QueuedRequest(scheduler, 'short', 'quick'),
  ];
  await settled();
  expect(later.slot).toBeDefined();
  const another = new QueuedRequest(scheduler, 'short', 'busy');
  before[1]?.end();
  before[2]?.end();
  await settled();
  expect([quick.slot?.order, another.slot?.order]).not.toContain(undefined);
  expect(quick.slot?.order).toBeLessThan(another.slot?.order ?? 0);
});

test('a sound that turns out to be long gives its start back, and waits for one behind those that had begun', async () => {
  const scheduler = new Scheduler({ guestThreads: 1, maxConcurrentTranscriptions: 2 });
  const [long, taken] = [new QueuedRequest(scheduler, 'long'), new QueuedRequest(scheduler, 'sound')];
  await settled();
  const gaveWay = long.slot?.giveWay();
  await settled();
  expect(taken.slot?.class).toBe('sound');
  let again = false;
  const restarted = taken.slot?.startAsLong().then(() => (again = true));
  await gaveWay;
  const clip = new QueuedRequest(scheduler, 'sound');
  await settled();
  expect(scheduler.state).toMatchObject({ waiting: { sound: 1, long: 1 }, running: { long: 1 } });
  long.end();
  await settled();
  clip.end();
  await restarted;
  expect([again, taken.slot?.class]).toEqual([true, 'long']);
  taken.end();
  await settled();
  clip.end();
  const idle = { short: 0, sound: 0, long: 0 };
  expect(scheduler.state).toEqual({ waiting: idle, running: idle });
});
