/** One run of a bare graph on a guest thread: bytes in, bytes out, nothing kept. */
import type { BareTensor } from '../../engine/bare-tensor.ts';
import { EngineError } from '../../engine/engine-error.ts';
import type { GuestEngine, NativeTensor } from '../../engine/guest-engine.ts';
import type { GraphReference } from '../../engine/native-graph.ts';
import { RequestCancelled } from '../../engine/cancellable-wait.ts';
import { messageOf } from '../../errors.ts';
import type { GuestRun, OutputLimits, RunOutcome } from '../guest-protocol.ts';

export function runBareGraph(
  engine: GuestEngine,
  graph: GraphReference | undefined,
  run: GuestRun,
): RunOutcome {
  try {
    if (graph === undefined) throw new EngineError('not-found', 'The graph is no longer loaded.');
    const tensors = engine.run(graph, run.inputs, run.outputs);
    assertSizes(tensors, run.limits);
    const outputs = tensors.map((tensor) => takeOutput(engine, tensor));
    return { kind: 'outputs', outputs };
  } catch (error) {
    if (error instanceof RequestCancelled)
      return { kind: 'refused', code: 'timeout', message: error.message };
    const code = error instanceof EngineError ? error.code : 'runtime-error';
    return { kind: 'refused', code, message: messageOf(error) };
  }
}

/** Copies the elements into a new buffer, which can be transferred. */
function takeOutput(engine: GuestEngine, tensor: NativeTensor): BareTensor {
  const bytes = engine.read(tensor).slice();
  engine.release(tensor);
  return { name: tensor.name, dimensions: tensor.dimensions, bytes };
}

/** Called before anything is copied. @throws EngineError `too-large` */
function assertSizes(tensors: readonly NativeTensor[], { tensorBytes, allBytes }: OutputLimits): void {
  for (const { name, byteLength } of tensors) {
    if (byteLength > tensorBytes)
      throw tooLarge(
        `Output "${name}" takes ${byteLength} bytes, over the limit tensorBytes of ${tensorBytes}.`,
      );
  }
  const total = tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (total > allBytes)
    throw tooLarge(`The outputs take ${total} bytes, and the limit requestTensorBytes leaves ${allBytes}.`);
}

function tooLarge(message: string): EngineError {
  return new EngineError('too-large', message);
}
