/** Checks a guest's inputs against its graph, before the engine is called. */
import type { GraphFacts, PortFacts } from '../engine/graph-facts.ts';
import { NnFailure, quoted } from './nn-error.ts';
import type { NnTensor } from './tensor.ts';

export type NamedTensor = [name: string, tensor: NnTensor];

/**
 * The port by its name, or else by its index, which guests for engines without names give: `0`, or `#0` where a number
 * may be a name as well.
 */
export function portOf(ports: readonly PortFacts[], name: string): PortFacts | undefined {
  const [, index] = /^#?(\d{1,9})$/.exec(name) ?? [];
  return ports.find((port) => port.name === name) ?? (index === undefined ? undefined : ports[Number(index)]);
}

/** Replaces indices by the graph's names; an unknown name is kept. */
export function withGraphNames({ inputs: ports }: GraphFacts, inputs: readonly NamedTensor[]): NamedTensor[] {
  const wanted = wantedBy(ports);
  return inputs.map(([name, tensor]) => [
    ports.some((port) => port.name === name) ? name : (portOf(wanted, name)?.name ?? name),
    tensor,
  ]);
}

/**
 * Asserts that these are all the inputs that a run needs.
 *
 * @throws NnFailure `invalid-argument`, `unsupported-operation` or `too-large`, naming the input
 */
export function checkGraphInputs(facts: GraphFacts, inputs: readonly NamedTensor[]): void {
  checkNamed(facts, inputs);
  const given = new Set(inputs.map(([name]) => name));
  const missing = wantedBy(facts.inputs).filter((port) => !given.has(port.name));
  if (missing.length > 0)
    throw refused(`Input ${listOf(missing)} is missing; the graph takes ${listOf(wantedBy(facts.inputs))}.`);
}

/** Asserts that each of these is an input of the graph, given once. @throws NnFailure as {@link checkGraphInputs} */
export function checkNamed(facts: GraphFacts, inputs: readonly NamedTensor[]): void {
  const ports = new Map(facts.inputs.map((port) => [port.name, port]));
  const given = new Set<string>();
  for (const [name, tensor] of inputs) {
    const port = ports.get(name);
    if (port === undefined)
      throw refused(`There is no input ${quoted(name)}; the graph takes ${listOf(wantedBy(facts.inputs))}.`);
    if (given.has(name)) throw refused(`Input "${name}" is given twice.`);
    given.add(name);
    checkInput(port, tensor);
  }
}

/** Inputs that a run must be given. */
export function wantedBy(inputs: readonly PortFacts[]): PortFacts[] {
  return inputs.filter((port) => port.optional !== true);
}

function checkInput(port: PortFacts, tensor: NnTensor): void {
  const { name, type } = port;
  if (port.optional === true) {
    throw new NnFailure(
      'unsupported-operation',
      `Input "${name}" has a default value in the model, which cannot be replaced here; leave it out.`,
    );
  }
  if (type === undefined) {
    throw new NnFailure(
      'unsupported-operation',
      `Input "${name}" is ${port.elementType}, which no wasi:nn tensor type can carry.`,
    );
  }
  tensor.assertSound(name);
  if (tensor.ty() !== type) {
    throw refused(`Input "${name}" is ${tensor.ty()}; the graph takes ${type} (${port.elementType}).`);
  }
  if (!fits(tensor.shape, port)) {
    throw refused(
      `Input "${name}" has dimensions [${tensor.shape.join(', ')}]; the graph takes ${shapeOf(port.dimensions)}.`,
    );
  }
}

/** A scalar is `[1]` in wasi:nn and rank 0 in ONNX; both fit a graph's scalar. */
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

/** Formats a shape as `[batch, 3, 224, 224]`; an unnamed dynamic dimension is `?`. */
function shapeOf(dimensions: PortFacts['dimensions']): string {
  return dimensions === undefined ? 'any' : `[${dimensions.map((dimension) => dimension ?? '?').join(', ')}]`;
}
