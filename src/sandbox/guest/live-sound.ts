/** The contract's `live-sound` as one call of a component has it, over what the main thread writes (live-ring.ts). */
import type { CancellableWait } from '../../engine/cancellable-wait.ts';
import type { Imports } from '../../capabilities/wasi-host.ts';
import type { LiveReport } from '../guest-protocol.ts';
import { LiveRing, type SoundState } from '../live-ring.ts';

export interface LiveSoundHost {
  wait: CancellableWait;
  /** @throws Error, a trap, where the component tells too much */
  report: (report: LiveReport, textUnits: number) => void;
  /** More sound has come: the limits of a request count from 0 again. */
  renew: () => void;
}

interface GuestTurn {
  text: string;
  start: bigint;
  end: bigint;
  tokens: Uint32Array;
  averageLogProbability: number;
}

export class LiveSound {
  readonly #host: LiveSoundHost;
  #ring: LiveRing | undefined;
  #longest = 0;
  /** Whether what the component does next is for words that may still change. */
  #givesWay = false;
  /** Where the turn that the client ended last was settled. */
  #settled = -1;

  constructor(host: LiveSoundHost) {
    this.#host = host;
  }

  /** The instance's call is for this sound. */
  begin(shared: SharedArrayBuffer): void {
    this.#ring = new LiveRing(shared);
    this.#setOrder();
  }

  /** Undefined: the call's sound is a whole one. */
  get length(): number | undefined {
    return this.#ring?.seen.length;
  }

  /** @throws RangeError, a trap, for samples that were released */
  read(offset: number, count: number): Float32Array {
    return this.#live.read(offset, count);
  }

  imports(): Imports[string] {
    const { report } = this.#host;
    return {
      options: () => this.#ring && { turns: this.#ring.turns },
      wait: (beyond: bigint) => this.#wait(Number(beyond)),
      release: (offset: bigint) => {
        this.#live.release(Number(offset));
        report({ kind: 'released' }, 0);
      },
      giveWay: (yes: boolean) => {
        this.#givesWay = yes;
        this.#setOrder();
      },
      speechStarted: (at: bigint) => report({ kind: 'speech-started', at: Number(at) }, 0),
      speechStopped: (at: bigint) => report({ kind: 'speech-stopped', at: Number(at) }, 0),
      tell: ({ stable, tentative }: { stable: string; tentative: string }) =>
        report({ kind: 'words', stable, tentative }, stable.length + tentative.length),
      settle: (turn: GuestTurn) => this.#settle(turn),
    };
  }

  /** @throws Error, a trap, where the sound is a whole one */
  get #live(): LiveRing {
    if (this.#ring === undefined)
      throw new Error('The sound of this request is a whole one, not a live one.');
    return this.#ring;
  }

  /** Sound that comes faster than anybody speaks is a file's, and its runs go as those of files do. */
  #setOrder(): void {
    const first = this.#ring?.ahead === false && !this.#givesWay;
    this.#host.wait.order = first ? 'live' : 'long';
  }

  #settle({ text, start, end, tokens, averageLogProbability }: GuestTurn): void {
    this.#settled = Number(end);
    const turn = { text, start: Number(start), end: this.#settled, tokens, averageLogProbability };
    this.#host.report({ kind: 'turn', ...turn }, text.length + 4 * tokens.length);
  }

  /** @throws RangeError, a trap, for more than is ever here at one time; RequestCancelled */
  #wait(beyond: number): { length: bigint; state: SoundState } {
    const ring = this.#live;
    for (;;) {
      const { pulse } = this.#host.wait;
      const { length, state } = ring.seen;
      if (length > this.#longest) {
        this.#longest = length;
        ring.beat();
        this.#host.renew();
      }
      // The main thread may not have heard yet that this turn is settled.
      this.#setOrder();
      const stale = state === 'turn-over' && length === this.#settled;
      if (!stale && (length > beyond || state !== 'open')) return { length: BigInt(length), state };
      if (beyond >= ring.released + ring.capacity) {
        throw new RangeError(
          `The component waits for more than the ${ring.capacity} samples of a live sound that are kept.`,
        );
      }
      ring.beat();
      ring.asleep = true;
      try {
        this.#host.wait.sleep(pulse, Infinity);
      } finally {
        ring.asleep = false;
      }
    }
  }
}
