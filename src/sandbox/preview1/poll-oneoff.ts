/** wasi_snapshot_preview1's poll_oneoff: sleeping and waiting for streams, interrupted when the request ends. */
import type { GuestMemory } from '../../nn/witx/guest-memory.ts';
import type { InstanceClock } from '../../capabilities/clocks/clocks.ts';
import { waitForAny, type Event } from '../../capabilities/io/poll.ts';
import type { StreamHost } from '../../capabilities/host/sleeper.ts';
import type { Descriptors } from './descriptors.ts';
import { ERRNO, errnoOf, Preview1Error, withErrno } from './errno.ts';

const SUBSCRIPTION_BYTES = 48;
const EVENT_BYTES = 32;
const MAX_SUBSCRIPTIONS = 1_024;
const TAG = { clock: 0, read: 1, write: 2 } as const;
const CLOCK = { realtime: 0, monotonic: 1 } as const;
const ABSOLUTE = 1;

interface Subscription {
  userdata: bigint;
  tag: number;
  event: Event;
  errno: number;
}

const NOW: Event = { ready: () => true };

export function pollOneoff(
  host: StreamHost,
  memory: GuestMemory,
  { descriptors, clock }: { descriptors: Descriptors; clock: InstanceClock },
) {
  const clockEvent = (view: DataView): Event => {
    const [id, timeout] = [view.getUint32(16, true), view.getBigUint64(24, true)];
    if (id !== CLOCK.realtime && id !== CLOCK.monotonic) throw new Preview1Error('notsup');
    const absolute = (view.getUint16(40, true) & ABSOLUTE) !== 0;
    const now = id === CLOCK.realtime ? BigInt(Date.now()) * 1_000_000n : clock.now();
    const ahead = absolute ? timeout - now : timeout;
    return clock.after(ahead > 0n ? ahead : 0n);
  };
  const streamEvent = (fd: number, tag: number): Event => {
    const file = descriptors.get(fd);
    return file.kind === 'input' && tag === TAG.read ? file.source : NOW;
  };
  const subscriptionAt = (pointer: number): Subscription => {
    const view = memory.view(pointer, SUBSCRIPTION_BYTES);
    const [userdata, tag] = [view.getBigUint64(0, true), view.getUint8(8)];
    if (tag > TAG.write) throw new Preview1Error('inval');
    let event = NOW;
    const errno = errnoOf(() => {
      event = tag === TAG.clock ? clockEvent(view) : streamEvent(view.getUint32(16, true), tag);
    });
    return { userdata, tag, event, errno };
  };
  return withErrno({
    poll_oneoff(subscriptions: number, events: number, count: number, out: number) {
      if (count <= 0 || count > MAX_SUBSCRIPTIONS) throw new Preview1Error('inval');
      memory.u32(out);
      memory.bytes(events, count * EVENT_BYTES);
      const all = Array.from({ length: count }, (_, i) =>
        subscriptionAt((subscriptions >>> 0) + i * SUBSCRIPTION_BYTES),
      );
      const failed = all.filter(({ errno }) => errno !== ERRNO.success);
      const ready = () =>
        waitForAny(
          host,
          all.map(({ event }) => event),
        );
      const happened = failed.length > 0 ? failed : ready().flatMap((index) => all[index] ?? []);
      happened.forEach(({ userdata, errno, tag }, i) => {
        const at = (events >>> 0) + i * EVENT_BYTES;
        memory.bytes(at, EVENT_BYTES).fill(0);
        const view = memory.view(at, EVENT_BYTES);
        view.setBigUint64(0, userdata, true);
        view.setUint16(8, errno, true);
        view.setUint8(10, tag);
        // The number of readable bytes is unknown: at least one, or the end.
        if (tag !== TAG.clock) view.setBigUint64(16, 1n, true);
      });
      memory.setU32(out, happened.length);
    },
  });
}
