/**
 * Tries a graph in a process that may die of it, before it is loaded in this one: what ONNX Runtime makes of a graph at
 * load may take minutes, all memory or the process, and nothing stops it once it has begun.
 *
 * Guarantees: what `assertHarmless` lets pass has loaded, or has been refused in words, within the limits of time and
 * memory. A graph is tried once, and a few at a time.
 * Ownership: the main thread's, which tries what guest threads bring as well.
 */
import type { ServiceLimits } from '../../config/limits.ts';
import { EngineError } from '../engine-error.ts';
import { VerdictCache, type Verdict } from './verdict-cache.ts';
import { tryGraph, type TrialLimits, type TrialWaiter } from './try-graph.ts';

export interface GraphTrialSettings {
  limits: Pick<ServiceLimits, 'graphLoadMs' | 'guestGraphLoadMs' | 'graphLoadBytes'>;
  /** Folder in which verdicts are stored; none are without it. */
  cacheDir?: string | undefined;
}

/** Origin of a graph: a model folder, or a component while it serves a request. */
export type GraphSource = 'folder' | 'guest';

/** Allowance for loading: weights are copied out of the file, repacked, and widened. */
const BYTES_PER_FILE_BYTE = 8;

export class GraphTrials {
  readonly #limits: GraphTrialSettings['limits'];
  readonly #verdicts: VerdictCache;
  readonly #running = new Map<string, Promise<Verdict | undefined>>();

  constructor({ limits, cacheDir }: GraphTrialSettings) {
    this.#limits = limits;
    this.#verdicts = new VerdictCache(cacheDir);
  }

  /**
   * @param digest the model's digest, from {@link digestOf}
   * @param waiter its signal ends the trial; loading is then refused
   * @throws EngineError `timeout`, `too-large`, `invalid-encoding` if loading it would do harm
   */
  async assertHarmless(
    model: Uint8Array,
    digest: string,
    source: GraphSource,
    waiter: TrialWaiter,
  ): Promise<void> {
    const limits = this.#limitsFor(model, source);
    const known = await this.#verdicts.read(digest);
    if (known !== undefined && !isWorthRetrying(known, limits)) return assertWithin(known, limits);
    const verdict = await this.#once(digest, async () => {
      const came = await tryGraph(model, limits, waiter);
      if (came !== undefined) await this.#verdicts.write(digest, came, source === 'folder');
      return came;
    });
    if (verdict === undefined)
      throw new EngineError('runtime-error', 'The graph was given up while it was tried.');
    assertWithin(verdict, limits);
  }

  async #once(digest: string, attempt: () => Promise<Verdict | undefined>): Promise<Verdict | undefined> {
    const begun = this.#running.get(digest);
    // The caller that started the trial may have aborted it; this one still needs a verdict.
    if (begun !== undefined) return (await begun) ?? this.#once(digest, attempt);
    const attempting = attempt().finally(() => this.#running.delete(digest));
    this.#running.set(digest, attempting);
    return attempting;
  }

  #limitsFor(model: Uint8Array, source: GraphSource): Limits {
    const { graphLoadMs, guestGraphLoadMs, graphLoadBytes } = this.#limits;
    return {
      ...(source === 'folder'
        ? { ms: graphLoadMs, msName: 'graphLoadMs' }
        : { ms: guestGraphLoadMs, msName: 'guestGraphLoadMs' }),
      bytes: graphLoadBytes + BYTES_PER_FILE_BYTE * model.byteLength,
    };
  }
}

interface Limits extends TrialLimits {
  msName: string;
}

/** Whether the limits have grown since the trial failed. */
function isWorthRetrying(verdict: Verdict, { ms, bytes }: Limits): boolean {
  if (verdict.kind === 'over-time') return verdict.limitMs < ms;
  return verdict.kind === 'over-memory' && verdict.limitBytes < bytes;
}

function assertWithin(verdict: Verdict, { ms, msName, bytes }: Limits): void {
  switch (verdict.kind) {
    case 'harmless':
      if (verdict.cpuMs <= ms) return;
      throw tooSlow(ms, msName);
    case 'over-time':
      throw tooSlow(ms, msName);
    case 'over-memory':
      throw new EngineError(
        'too-large',
        `Loading this graph takes more than ${bytes} bytes: graphLoadBytes and ${BYTES_PER_FILE_BYTE} times its file.`,
      );
    case 'died':
      throw new EngineError(
        'invalid-encoding',
        `Loading this graph ends the process that does it (${verdict.how}).`,
      );
  }
}

function tooSlow(ms: number, name: string): EngineError {
  return new EngineError(
    'timeout',
    `Loading this graph takes more than ${ms} ms of processor time: ${name}.`,
  );
}
