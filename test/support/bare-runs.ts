/** Runs of bare graphs on guest threads, for tests of the threads themselves: no component is needed. */
import { monotonicMs } from '../../src/async/clock.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { GraphReference } from '../../src/engine/native-graph.ts';
import type { GuestRun } from '../../src/sandbox/guest-protocol.ts';
import { identityModel, spinningModel } from './onnx-models.ts';

const LIMITS = { tensorBytes: 1_000, allBytes: 1_000 };

export interface BareGraphs {
  /** Answers with its input. */
  same: GraphReference;
  /** Runs for as many iterations as it is given. */
  spin: GraphReference;
}

export async function loadBareGraphs(engine: Engine): Promise<BareGraphs> {
  const options = { threads: 'one', bare: true } as const;
  return {
    same: await engine.load('same', identityModel('FLOAT', ['n']), options),
    spin: await engine.load('spin', spinningModel(), options),
  };
}

type Run = Omit<GuestRun, 'callId'>;

export function sameRun(value: number): Run {
  const bytes = new Uint8Array(Float32Array.of(value).buffer);
  return runOf('same', { name: 'x', dimensions: [1], bytes });
}

/** Ends only when it is stopped. */
export function endlessRun(deadlineMs = 600_000): Run {
  const bytes = new Uint8Array(BigInt64Array.of(2n ** 40n).buffer);
  return runOf('spin', { name: 'iterations', dimensions: [1], bytes }, deadlineMs);
}

function runOf(graph: string, input: Run['inputs'][number], deadlineMs = 600_000): Run {
  return { graph, inputs: [input], outputs: ['y'], limits: LIMITS, deadline: monotonicMs() + deadlineMs };
}

/** The result of a run of {@link sameRun}. */
export function sameOutcome(value: number): object {
  const bytes = new Uint8Array(Float32Array.of(value).buffer);
  return { kind: 'outputs', outputs: [{ name: 'y', dimensions: [1], bytes }] };
}
