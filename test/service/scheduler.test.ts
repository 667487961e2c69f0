import { expect, test } from 'vitest';
import { Scheduler, type RequestClass, type Turn } from '../../src/service/queue/scheduler.ts';

/** A request in the line, and what has become of it; `settled` lets whatever can go on do so. */
class Asked {
  turn: Turn | undefined;
  refused: unknown;
  readonly #controller = new AbortController();

  constructor(scheduler: Scheduler, requestClass: RequestClass, flow = 'somebody') {
    const signal = this.#controller.signal;
    scheduler
      .turn({ class: requestClass, flow: `${flow} ${requestClass}`, client: flow, priority: 0, signal })
      .then(
        (turn) => (this.turn = turn),
        (reason: unknown) => (this.refused = reason),
      );
  }

  giveUp(): void {
    this.#controller.abort(new Error('gave up'));
  }

  end(): void {
    this.turn?.[Symbol.dispose]();
  }
}

const settled = async () => new Promise((resolve) => setImmediate(resolve));
const begun = (asked: readonly Asked[]) => asked.map(({ turn }) => turn !== undefined);

test('short requests have turns for the guest threads and for three to be decoded; a turn goes to the next', async () => {
  const scheduler = new Scheduler({ guestThreads: 1, maxConcurrentTranscriptions: 2 });
  const asked = Array.from({ length: 6 }, () => new Asked(scheduler, 'short'));
  await settled();
  expect(begun(asked)).toEqual([true, true, true, true, false, false]);
  expect(scheduler.state).toMatchObject({ waiting: { short: 2 }, running: { short: 4 } });
  asked[1]?.end();
  asked[1]?.end();
  await settled();
  expect(begun(asked)).toEqual([true, true, true, true, true, false]);
});

test('no sound, however many wait, takes the turn of a short request', async () => {
  const scheduler = new Scheduler({ guestThreads: 1, maxConcurrentTranscriptions: 2 });
  const sounds = Array.from({ length: 9 }, () => new Asked(scheduler, 'long'));
  const photo = new Asked(scheduler, 'short');
  await settled();
  expect(begun(sounds).filter(Boolean)).toHaveLength(1);
  expect(photo.turn).toBeDefined();
});

test('clients take turns', async () => {
  const scheduler = new Scheduler({ guestThreads: 2, maxConcurrentTranscriptions: 2 });
  const running = new Asked(scheduler, 'sound');
  await settled();
  const crowd = Array.from({ length: 3 }, () => new Asked(scheduler, 'sound', 'crowd'));
  const other = new Asked(scheduler, 'sound', 'other');
  running.end();
  await settled();
  crowd[0]?.end();
  await settled();
  expect([begun(crowd), other.turn !== undefined]).toEqual([[true, false, false], true]);
});

test('a sound that gives way goes behind those that wait, and comes back when they are done', async () => {
  const scheduler = new Scheduler({ guestThreads: 1, maxConcurrentTranscriptions: 2 });
  const long = new Asked(scheduler, 'long');
  await settled();
  await long.turn?.giveWay(); // nobody waits
  const clip = new Asked(scheduler, 'sound');
  await settled();
  expect(clip.turn).toBeUndefined();
  let back = false;
  const gaveWay = long.turn?.giveWay().then(() => (back = true));
  await settled();
  expect([clip.turn !== undefined, back]).toEqual([true, false]);
  expect(scheduler.state).toMatchObject({ waiting: { long: 1 }, running: { sound: 1, long: 0 } });
  clip.end();
  await gaveWay;
  expect(scheduler.state).toMatchObject({ waiting: { long: 0 }, running: { sound: 0, long: 1 } });
});

test('the last place for a sound to begin is for a short one', async () => {
  const scheduler = new Scheduler({ guestThreads: 1, maxConcurrentTranscriptions: 2 });
  const [first, second] = [new Asked(scheduler, 'long', 'a'), new Asked(scheduler, 'long', 'b')];
  const clip = new Asked(scheduler, 'sound', 'c');
  await settled();
  const gaveWay = first.turn?.giveWay();
  await settled();
  expect(begun([first, second, clip])).toEqual([true, false, true]);
  clip.end();
  await gaveWay;
  // The second begins when the first is done, and not before.
  await first.turn?.giveWay();
  expect(second.turn).toBeUndefined();
  first.end();
  await settled();
  expect(second.turn).toBeDefined();
});

test('a client that has begun as many sounds as it may leaves the last place to another', async () => {
  const scheduler = new Scheduler({ guestThreads: 9, maxConcurrentTranscriptions: 4 });
  const crowd = Array.from({ length: 4 }, () => new Asked(scheduler, 'long', 'crowd'));
  const clips = Array.from({ length: 4 }, () => new Asked(scheduler, 'sound', 'crowd'));
  await settled();
  expect([begun(crowd), begun(clips)]).toEqual([
    [true, true, false, false],
    [true, false, false, false],
  ]);
  const other = new Asked(scheduler, 'sound', 'other');
  await settled();
  expect(other.turn).toBeDefined();
  crowd[0]?.end();
  await settled();
  expect([begun(crowd)[2], begun(clips)[1]].filter(Boolean)).toHaveLength(1);
});

test('who gives up leaves the line at once, and a turn that ends while it gives way is given to nobody', async () => {
  const scheduler = new Scheduler({ guestThreads: 1, maxConcurrentTranscriptions: 2 });
  const [long, clip, next] = [
    new Asked(scheduler, 'long'),
    new Asked(scheduler, 'sound'),
    new Asked(scheduler, 'sound'),
  ];
  await settled();
  next.giveUp();
  await settled();
  expect(next.refused).toMatchObject({ message: 'gave up' });
  const over = long.turn?.giveWay().catch((reason: unknown) => reason);
  await settled();
  expect(clip.turn).toBeDefined();
  long.end();
  clip.end();
  expect(await over).toMatchObject({ message: 'The request is over.' });
  await settled();
  const idle = { short: 0, sound: 0, long: 0 };
  expect(scheduler.state).toEqual({ waiting: idle, running: idle });
  const [again] = [new Asked(scheduler, 'long')];
  await settled();
  expect(again.turn).toBeDefined();
});

test('closing refuses who waits and whoever comes later', async () => {
  const scheduler = new Scheduler({ guestThreads: 1, maxConcurrentTranscriptions: 1 });
  const [running, waiting] = [new Asked(scheduler, 'sound'), new Asked(scheduler, 'sound')];
  await settled();
  const reason = new Error('closing');
  scheduler.close(reason);
  const late = new Asked(scheduler, 'short');
  await settled();
  expect([running.refused, waiting.refused, late.refused]).toEqual([undefined, reason, reason]);
});
