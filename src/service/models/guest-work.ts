/** One call of a component, and the listeners to its progress. */
import type { LiveReport } from '../../sandbox/guest-protocol.ts';
import type { CallMedia } from '../../sandbox/prediction/request-media.ts';
import type { GuestOutput } from '../../sandbox/prediction/guest-values.ts';
import type { Slot } from '../queue/scheduler.ts';

export interface GuestWork<Answer> {
  function: string;
  args: readonly unknown[];
  media?: CallMedia | undefined;
  /** The sound is still coming. */
  live?: LiveWork;
  /** Slot of a call that may take long; it gives way to others between its windows. */
  slot?: Slot;
  transfer?: ArrayBuffer[];
  onProgress?: ((update: { text: string; seconds: number }) => void) | undefined;
  /** Called with outputs while the component works. */
  onPartial?: ((output: GuestOutput) => void) | undefined;
  /** Holds what the component answered against the contract. @throws BadAnswer */
  check: (value: unknown) => Answer;
}

/** A live sound, and the listener to a component's reports of it. */
export interface LiveWork {
  ring: SharedArrayBuffer;
  onReport: (report: LiveReport) => void;
  /** @param wake to be called when there is more of the sound */
  onStart: (wake: () => void) => void;
}
