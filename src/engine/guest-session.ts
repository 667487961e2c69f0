/**
 * One guest thread as an engine thread sees it: its port, its wake-up cell, and the tensors and graphs of the
 * request that it runs.
 *
 * Guarantees: frames are answered in the order in which they came; a handle is valid for the request that
 * made it and for no other; when the port closes, everything is freed. Handles only count up.
 * Ownership: the engine thread owns all of it; the guest holds numbers.
 */
import type { MessagePort } from 'node:worker_threads';
import type { KeptFrame, OutputFrame, Answer, Question } from '../bridge/protocol.ts';
import { GuestCell } from '../bridge/guest-cell.ts';
import { messageOf } from '../errors.ts';
import { freeBytes } from '../free-bytes.ts';
import type { EngineGraph, EngineTensor } from './backend.ts';
import { EngineError } from './engine-error.ts';

/** What an engine thread lends to its sessions. */
export interface EngineShelf {
  graph(key: string, wide: boolean): EngineGraph | undefined;
  load(model: Uint8Array): Promise<EngineGraph>;
}

export class GuestSession {
  readonly #port: MessagePort;
  readonly #cell: GuestCell;
  readonly #shelf: EngineShelf;
  readonly #tensors = new Map<number, EngineTensor>();
  readonly #graphs = new Map<string, EngineGraph>();
  #request = 0;
  #lastHandle = 0;
  #closed = false;

  constructor(port: MessagePort, cell: SharedArrayBuffer, shelf: EngineShelf) {
    this.#port = port;
    this.#cell = new GuestCell(cell);
    this.#shelf = shelf;
  }

  async answer(question: Question): Promise<void> {
    if (this.#closed) return;
    if (question.request !== this.#request) await this.#forget();
    this.#request = question.request;
    for (const handle of question.dropped) this.#tensors.delete(handle);
    if (question.kind === 'end') return this.#forget();
    // Its guest is gone or on its way out: a run for it would only keep others waiting.
    if (this.#cell.isGivenUp(question.request)) return;
    this.#cell.answering();
    const kept: KeptFrame[] = [];
    try {
      await this.#serve(question, kept);
    } catch (error) {
      const code = error instanceof EngineError ? error.code : 'runtime-error';
      this.#reply({ call: question.call, kind: 'error', code, message: messageOf(error), kept });
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#forget();
  }

  /** @param kept takes note of inputs that stay here, whether the run succeeds or not */
  async #serve(question: Exclude<Question, { kind: 'end' }>, kept: KeptFrame[]): Promise<void> {
    const { call } = question;
    switch (question.kind) {
      case 'read': {
        const bytes = this.#take(question.handle).takeBytes();
        return this.#reply({ call, kind: 'bytes', bytes }, [bytes.buffer as ArrayBuffer]);
      }
      case 'load': {
        const graph = await this.#shelf.load(question.bytes);
        this.#graphs.set(question.graph, graph);
        return this.#reply({ call, kind: 'loaded', facts: graph.facts });
      }
      case 'compute': {
        const started = performance.now();
        const outputs = await this.#compute(question, kept);
        const transfer = outputs.flatMap(({ bytes }) =>
          bytes === undefined ? [] : [bytes.buffer as ArrayBuffer],
        );
        const runMs = performance.now() - started;
        return this.#reply({ call, kind: 'outputs', outputs, kept, runMs }, transfer);
      }
    }
  }

  async #compute(
    question: Extract<Question, { kind: 'compute' }>,
    kept: KeptFrame[],
  ): Promise<OutputFrame[]> {
    const graph = this.#graphs.get(question.graph) ?? this.#shelf.graph(question.graph, question.wide);
    if (graph === undefined) throw new EngineError('not-found', 'The graph is no longer loaded.');
    const inputs = new Map<string, EngineTensor>();
    for (const input of question.inputs) {
      if ('handle' in input) {
        inputs.set(input.name, this.#take(input.handle, input.kept));
      } else {
        const tensor = graph.tensorFromBytes(input.name, input.dimensions, input.bytes);
        inputs.set(input.name, tensor);
        if (input.kept) kept.push({ name: input.name, handle: this.#hold(tensor) });
      }
    }
    const results = await graph.run(inputs, question.outputBytes).finally(() => {
      for (const input of question.inputs) if ('bytes' in input && !input.kept) freeBytes(input.bytes);
    });
    return results.map(([name, tensor]) => {
      const { type, dimensions, byteLength } = tensor;
      const frame = { name, type, dimensions, byteLength };
      if (question.eager?.includes(name) === true) return { ...frame, handle: 0, bytes: tensor.takeBytes() };
      return { ...frame, handle: this.#hold(tensor) };
    });
  }

  #hold(tensor: EngineTensor): number {
    this.#tensors.set(++this.#lastHandle, tensor);
    return this.#lastHandle;
  }

  #take(handle: number, kept = false): EngineTensor {
    const tensor = this.#tensors.get(handle);
    if (tensor === undefined)
      throw new EngineError('invalid-argument', 'The tensor was consumed or dropped.');
    if (!kept) this.#tensors.delete(handle);
    return tensor;
  }

  #reply(answer: Answer, transfer: ArrayBuffer[] = []): void {
    if (this.#closed) return;
    this.#port.postMessage(answer, transfer);
    this.#cell.wake();
  }

  async #forget(): Promise<void> {
    this.#tensors.clear();
    const graphs = [...this.#graphs.values()];
    this.#graphs.clear();
    for (const graph of graphs) await graph.release();
  }
}
