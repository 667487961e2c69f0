/** Whether a guest's inputs are what its graph takes, told before the engine is asked. */
import type { GraphFacts, PortFacts } from '../bridge/protocol.ts';
import { NnFailure } from './nn-error.ts';
import type { NnTensor } from './tensor.ts';

export type NamedTensor = [name: string, tensor: NnTensor];

/** @throws NnFailure `invalid-argument`, `unsupported-operation` or `too-large`, naming the input */
export function checkInputs(facts: GraphFacts, inputs: readonly NamedTensor[]): void {
  const ports = new Map(facts.inputs.map((port) => [port.name, port]));
  const given = new Set<string>();
  for (const [name, tensor] of inputs) {
    const port = ports.get(name);
    if (port === undefined)
      throw refused(`There is no input "${name}"; the graph takes ${listOf(facts.inputs)}.`);
    if (given.has(name)) throw refused(`Input "${name}" is given twice.`);
    given.add(name);
    checkInput(port, tensor);
  }
  const missing = facts.inputs.filter((port) => !given.has(port.name) && port.optional !== true);
  if (missing.length > 0)
    throw refused(`Input ${listOf(missing)} is missing; the graph takes ${listOf(facts.inputs)}.`);
}

function checkInput(port: PortFacts, tensor: NnTensor): void {
  const { name, type } = port;
  if (type === undefined) {
    throw new NnFailure(
      'unsupported-operation',
      `Input "${name}" is ${port.elementType}, which no wasi:nn tensor type can carry.`,
    );
  }
  tensor.assertSound(name);
  if (tensor.ty() !== type) {
    const carried = port.elementType === type ? '' : ` (it carries ${port.elementType})`;
    throw refused(`Input "${name}" is ${tensor.ty()}; the graph takes ${type}${carried}.`);
  }
  if (!fits(tensor.shape, port)) {
    throw refused(
      `Input "${name}" has dimensions [${tensor.shape.join(', ')}]; the graph takes ${shapeOf(port.dimensions)}.`,
    );
  }
  if (
    port.elementType === 'BOOL' &&
    tensor.place.at === 'guest' &&
    tensor.place.bytes.some((value) => value > 1)
  ) {
    throw refused(`Input "${name}" is BOOL, carried as U8 of 0 and 1, and has another value.`);
  }
}

/** A scalar is `[1]` in wasi:nn and rank 0 in ONNX; both are taken for a graph's scalar. */
function fits(shape: readonly number[], { dimensions }: PortFacts): boolean {
  if (dimensions === undefined) return true;
  if (dimensions.length === 0) return shape.length === 0 || (shape.length === 1 && shape[0] === 1);
  if (shape.length !== dimensions.length) return false;
  return dimensions.every((wanted, axis) => typeof wanted !== 'number' || wanted === shape[axis]);
}

function refused(message: string): NnFailure {
  return new NnFailure('invalid-argument', message);
}

function listOf(ports: readonly PortFacts[]): string {
  return ports.length === 0 ? 'no inputs' : ports.map((port) => `"${port.name}"`).join(', ');
}

/** As `[batch, 3, 224, 224]`; an unnamed dynamic dimension is `?`. */
export function shapeOf(dimensions: PortFacts['dimensions']): string {
  return dimensions === undefined ? 'any' : `[${dimensions.map((dimension) => dimension ?? '?').join(', ')}]`;
}
