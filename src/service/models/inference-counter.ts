/** Counts outcomes and durations of one model version's requests, as in Triton's statistics. */
import { monotonicMs } from '../../async/clock.ts';
import type { ErrorCode } from '../../errors.ts';
import type { FailureReason } from '../../telemetry/observer.ts';
import type { Timing } from '../api/request.ts';
import type { DurationCount, ModelStatistics } from '../api/tensor-inference.ts';

type Duration = 'success' | 'fail' | 'queue' | 'computeInput' | 'computeInfer' | 'computeOutput';

/** Recent answers that are kept: enough for a 99th percentile. */
const MOST_RECENT = 1_024;
const RECENT_MS = 60_000;

export class InferenceCounter {
  readonly #of: Pick<ModelStatistics, 'name' | 'version'>;
  readonly #durations: Record<Duration, DurationCount> = {
    success: { count: 0, ns: 0 },
    fail: { count: 0, ns: 0 },
    queue: { count: 0, ns: 0 },
    computeInput: { count: 0, ns: 0 },
    computeInfer: { count: 0, ns: 0 },
    computeOutput: { count: 0, ns: 0 },
  };
  /** A ring of the last answers: when each was, and how long it took. */
  readonly #recent: { at: number; ms: number }[] = [];
  #lastInference = 0;
  #inferences = 0;
  readonly #failures: Record<FailureReason, number> = { REJECTED: 0, CANCELED: 0, BACKEND: 0, OTHER: 0 };

  constructor(name: string, version: number) {
    this.#of = { name, version };
  }

  /** @param inputs number of single inputs: a batch of n counts n times */
  answered(timing: Timing, inputs: number): void {
    this.#lastInference = Date.now();
    this.#inferences += inputs;
    const { queue, media, guest, instantiate, compute, total } = timing;
    const computeInput = media + instantiate;
    // A bare graph has no guest time that includes its computes.
    const computeInfer = guest === 0 ? compute : guest - instantiate;
    const computeOutput = Math.max(0, total - queue - computeInput - computeInfer);
    this.#recent[this.#durations.success.count % MOST_RECENT] = { at: monotonicMs(), ms: total };
    this.#add({ success: total, queue, computeInput, computeInfer, computeOutput });
  }

  failed(code: ErrorCode, ms: number): void {
    this.#lastInference = Date.now();
    this.#failures[reasonOf(code)]++;
    this.#add({ fail: ms });
  }

  read(): ModelStatistics {
    const durations = structuredClone(this.#durations);
    return {
      ...this.#of,
      lastInference: this.#lastInference,
      inferenceCount: this.#inferences,
      executionCount: durations.success.count,
      ...durations,
    };
  }

  /** Durations in ms of the answers of the last minute, unordered. */
  get recentMs(): number[] {
    const from = monotonicMs() - RECENT_MS;
    return this.#recent.filter(({ at }) => at >= from).map(({ ms }) => ms);
  }

  /** Failed requests by reason. */
  get failures(): Readonly<Record<FailureReason, number>> {
    return this.#failures;
  }

  #add(durations: Partial<Record<Duration, number>>): void {
    for (const [name, ms] of Object.entries(durations)) {
      const duration = this.#durations[name as Duration];
      duration.count++;
      duration.ns += Math.round(ms * 1e6);
    }
  }
}

function reasonOf(code: ErrorCode): FailureReason {
  switch (code) {
    case 'over-capacity':
    case 'not-ready':
      return 'REJECTED';
    case 'client-gone':
      return 'CANCELED';
    case 'component-failed':
    case 'internal':
      return 'BACKEND';
    default:
      return 'OTHER';
  }
}
