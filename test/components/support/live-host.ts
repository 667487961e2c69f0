/**
 * A host of live speech whose time is counted in samples: it stands still while a component works, but for what each run
 * is said to take, and goes on to the next sample that the component waits for.
 */
import { Engine } from './engine.ts';
import { type Host, type HostOptions, createHost } from './host.ts';

export interface LiveTurn {
  text: string;
  start: number;
  end: number;
  /** The sample from which on nobody spoke, and the samples that had come when the turn was settled. */
  stopped: number;
  settledAt: number;
  /** Tensors that the component held then. */
  tensors: number;
}

export interface LiveHost extends Host {
  readonly turns: LiveTurn[];
  /** For each run of the encoder: the samples that had come, and whether it gave way. */
  readonly rounds: { at: number; gaveWay: boolean }[];
}

export interface LiveHostOptions extends Omit<HostOptions, 'graphs' | 'sound'> {
  readonly models: Readonly<Record<string, string>>;
  /** Samples that go by while a graph runs once. */
  readonly costs: Readonly<Record<string, number>>;
  readonly sound: Float32Array;
}

interface GuestTurn {
  text: string;
  start: bigint;
  end: bigint;
}

export function createLiveHost({ models, costs, sound, ...rest }: LiveHostOptions): LiveHost {
  const turns: LiveTurn[] = [];
  const rounds: LiveHost['rounds'] = [];
  let now = 0;
  let gaveWay = false;
  let stopped = 0;

  class TimedEngine extends Engine {
    readonly #name: string;
    constructor(name: string, path: string) {
      super(path);
      this.#name = name;
    }
    override run(...feeds: Parameters<Engine['run']>): ReturnType<Engine['run']> {
      if (this.#name === 'encoder') rounds.push({ at: now, gaveWay });
      now += costs[this.#name] ?? 0;
      return super.run(...feeds);
    }
  }

  const graphs = Object.fromEntries(
    Object.entries(models).map(([name, path]) => [name, new TimedEngine(name, path)]),
  );
  const host = createHost({ ...rest, graphs, sound });
  const live = {
    options: () => ({ turns: {} }),
    wait: (beyond: bigint) => {
      now = Math.max(now, Math.min(Number(beyond) + 1, sound.length));
      const length = Math.min(now, sound.length);
      return { length: BigInt(length), state: length === sound.length ? 'over' : 'open' };
    },
    release: () => undefined,
    giveWay: (yes: boolean) => void (gaveWay = yes),
    speechStarted: () => undefined,
    speechStopped: (at: bigint) => void (stopped = Number(at)),
    tell: () => undefined,
    settle: ({ text, start, end }: GuestTurn) =>
      void turns.push({
        text,
        start: Number(start),
        end: Number(end),
        stopped,
        settledAt: now,
        tensors: host.tensors.live,
      }),
  };
  return {
    ...host,
    imports: { ...host.imports, 'sandpiper:inference/live-sound': live },
    turns,
    rounds,
  };
}
