/**
 * A context of the older interfaces: inputs are set one by one and stay set, and outputs are fetched one by one
 * until the next compute.
 */
import type { PortFacts } from '../engine/graph-facts.ts';
import { portOf, wantedBy, type NamedTensor } from './check-graph-inputs.ts';
import type { NnContext } from './graph.ts';
import { NnFailure, quoted } from './nn-error.ts';
import type { NnTensor } from './tensor.ts';

export class StatefulContext {
  readonly #context: NnContext;
  #outputs: readonly NamedTensor[] | undefined;

  constructor(context: NnContext) {
    this.#context = context;
  }

  /** The context takes ownership of the tensor, whatever the outcome. @throws NnFailure */
  setInput(name: string, tensor: NnTensor): void {
    this.#context.bind([[name, tensor]]);
  }

  /** Runs with every input that was set, and keeps them for the next run. @throws NnFailure */
  compute(): void {
    this.#forgetOutputs();
    this.#outputs = this.#context.compute([]);
  }

  /**
   * An output as a tensor that the caller owns; the context keeps the output as well.
   *
   * @throws NnFailure `invalid-argument` if there is no such output, `runtime-error` before the first compute
   */
  getOutput(name: string): NnTensor {
    return this.#outputOf(portOf(this.#context.facts.outputs, name), quoted(name)).share();
  }

  /** An input of the graph by its index. @throws NnFailure `invalid-argument` */
  inputAt(index: number): PortFacts {
    const ports = wantedBy(this.#context.facts.inputs);
    const port = ports[index];
    if (port === undefined) {
      const known = ports.map(({ name }) => `"${name}"`).join(', ');
      throw new NnFailure(
        'invalid-argument',
        `There is no input ${index}; the graph takes ${ports.length} (${known}).`,
      );
    }
    return port;
  }

  /** An output, which the context keeps. @throws NnFailure as {@link getOutput} */
  outputAt(index: number): NnTensor {
    return this.#outputOf(this.#context.facts.outputs[index], String(index));
  }

  #outputOf(port: PortFacts | undefined, asked: string): NnTensor {
    if (port === undefined) {
      const known = this.#context.facts.outputs.map(({ name }) => `"${name}"`).join(', ');
      throw new NnFailure(
        'invalid-argument',
        `There is no output ${asked}; the graph gives ${known || 'none'}.`,
      );
    }
    const [, tensor] = this.#outputs?.find(([name]) => name === port.name) ?? [];
    if (tensor === undefined) {
      throw new NnFailure('runtime-error', `There is no output "${port.name}" yet: call compute first.`);
    }
    return tensor;
  }

  #forgetOutputs(): void {
    for (const [, tensor] of this.#outputs ?? []) tensor[Symbol.dispose]();
    this.#outputs = undefined;
  }

  [Symbol.dispose](): void {
    this.#forgetOutputs();
    this.#context[Symbol.dispose]();
  }
}
