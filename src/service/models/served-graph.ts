/** A bare graph: clients send its inputs and receive its outputs, without a component. */
import { isMarkedAsUntransferable } from 'node:worker_threads';
import { monotonicMs } from '../../async/clock.ts';
import { unpackElements } from '../../byte-elements.ts';
import { backendFor } from '../../engine/backends.ts';
import type { BareTensor } from '../../engine/bare-tensor.ts';
import type { GraphReference } from '../../engine/native-graph.ts';
import { SandpiperError, inputTooLarge, invalidRequest, unusableInput } from '../../errors.ts';
import type { GraphFolder } from '../../repository/model-folder.ts';
import type { LabelFile } from '../../repository/triton-config.ts';
import type { GuestRun, RunOutcome } from '../../sandbox/guest-protocol.ts';
import { bytesOf, checkTensors } from '../tensors/check-tensors.ts';
import { batchSizeOf, pictureFormatOf, portsOf, type GraphPorts } from '../tensors/graph-ports.ts';
import type { RequestScope } from '../queue/request-scope.ts';
import { ServedModel, type ServedFolder, type ServedModelContext } from './served-model.ts';
import type {
  ClientTensor,
  InferAnswer,
  InferOptions,
  ModelDescription,
  ModelPort,
} from '../api/tensor-inference.ts';
import { signatureOf, type GraphSignature } from '../api/graph-signature.ts';
import type { ModelPorts, SampleAnswer } from './component-task.ts';
import { testGraph } from './test-graph.ts';

export class ServedGraph extends ServedModel<ServedFolder<GraphFolder>> {
  readonly graph: GraphReference;
  readonly platform: string;
  readonly triton: ModelDescription['triton'];
  readonly abilities = {};
  override readonly properties: Readonly<Record<string, string>>;
  readonly graphPorts: GraphPorts;
  /** 0 if the first dimension is no batch. */
  readonly maxBatchSize: number;

  constructor(folder: ServedFolder<GraphFolder>, graph: GraphReference, context: ServedModelContext) {
    super(folder, context);
    this.graph = graph;
    const { platforms, library } = backendFor(graph.encoding);
    this.platform = platforms.protocol;
    this.triton = { platform: platforms.triton, backend: library };
    this.graphPorts = portsOf(graph.facts);
    this.maxBatchSize = batchSizeOf(graph.facts, folder.limits);
    this.properties = graph.facts.metadata;
    context.guests.installGraph(graph);
  }

  override release(): void {
    this.breaker[Symbol.dispose]();
    this.context.guests.uninstallGraph(this.graph.key);
    this.context.engine.unload(this.graph.key);
  }

  protected override get isSlow(): boolean {
    return this.context.guests.isSlow(this.graph.key);
  }

  override get graphSignatures(): readonly GraphSignature[] {
    return [signatureOf(this.name, this.graph.facts)];
  }

  protected override async answerSample(scope: RequestScope): Promise<SampleAnswer> {
    const { tensorBytes } = this.folder.limits;
    const { inputs } = this.graphPorts;
    const infer = async (tensors: readonly ClientTensor[]) => this.infer(tensors, {}, scope);
    return { sample: 'zeros', answer: await testGraph({ name: this.name, inputs, tensorBytes, infer }) };
  }

  override get ports(): ModelPorts {
    const { maxBatchSize } = this;
    const { triton } = this.folder;
    const labelled = this.#labels();
    const plain = ({ name, datatype, shape }: ModelPort): ModelPort => ({ name, datatype, shape });
    return {
      inputs: this.graphPorts.inputs.map((port) => {
        const format = triton?.formats.get(port.name) ?? pictureFormatOf(port, maxBatchSize);
        return { ...plain(port), ...(format && { format }) };
      }),
      outputs: this.graphPorts.outputs.map((port) => {
        const labelFile = labelled.get(port.name)?.file;
        return { ...plain(port), ...(labelFile !== undefined && { labelFile }) };
      }),
      labels: new Map([...labelled].map(([name, { labels }]) => [name, labels])),
      maxBatchSize,
    };
  }

  /**
   * Runs the graph once.
   *
   * @throws SandpiperError `invalid-request`, `input-too-large`, or `unusable-input` if the graph itself refuses the input
   */
  async infer(
    inputs: readonly ClientTensor[],
    { outputs }: Pick<InferOptions, 'outputs'>,
    scope: RequestScope,
  ): Promise<InferAnswer> {
    const { name, version, folder } = this;
    const { tensorBytes, requestTensorBytes } = folder.limits;
    const wanted = this.#wanted(outputs);
    const bare = checkTensors({ model: name, inputs: this.graphPorts.inputs, limits: folder.limits }, inputs);
    const limits = { tensorBytes, allBytes: requestTensorBytes - bytesOf(bare) };
    using _slot = await this.acquireSlot(scope, 'short');
    const run = { inputs: bare.map(movable), outputs: wanted, limits, deadline: scope.deadline };
    const found = await this.#run(run, scope);
    return {
      model: name,
      version,
      ...(this.maxBatchSize > 0 && { batchSize: bare[0]?.dimensions[0] ?? 1 }),
      outputs: found.map((output) => this.#answer(output)),
      timing: scope.timing(),
    };
  }

  async #run(run: Omit<GuestRun, 'callId' | 'graph'>, scope: RequestScope): Promise<readonly BareTensor[]> {
    let blockedMs = 0;
    using waiting = scope.span.open('queue');
    const told = Promise.withResolvers<void>();
    const transfer = [...new Set(run.inputs.map(({ bytes }) => bytes.buffer as ArrayBuffer))];
    try {
      const outcome = await this.context.guests.run(
        { ...run, graph: this.graph.key },
        {
          signal: scope.signal,
          transfer,
          onStart: () => {
            waiting.close();
            scope.traceEndsAfter(told.promise);
          },
          onSpans: (spans) => {
            scope.span.adopt(spans);
            told.resolve();
          },
          order: scope.order,
          onEnd: (ms) => {
            blockedMs = ms;
            scope.workedMs += monotonicMs() - (waiting.end ?? monotonicMs()) - ms;
          },
        },
      );
      scope.assertInTime();
      if (outcome.kind === 'refused') throw this.#errorOf(outcome);
      this.breaker.succeeded();
      return outcome.outputs;
    } catch (error) {
      if (waiting.end !== undefined)
        this.recordFailure(error, scope, monotonicMs() - waiting.end - blockedMs);
      throw error;
    }
  }

  /** Names of the requested outputs; all if none are given. */
  #wanted(outputs: readonly string[] = []): readonly string[] {
    const names = this.graphPorts.outputs.map(({ name }) => name);
    if (outputs.length === 0) return names;
    this.assertOutputs(outputs, names);
    const twice = outputs.find((name, place) => outputs.indexOf(name) !== place);
    if (twice !== undefined) throw invalidRequest(`output '${twice}' already exists in request`);
    return outputs;
  }

  #answer({ name, dimensions, bytes }: BareTensor): ClientTensor {
    const datatype = this.graphPorts.outputs.find((port) => port.name === name)?.datatype ?? 'BYTES';
    return { name, datatype, shape: dimensions, data: datatype === 'BYTES' ? unpackElements(bytes) : bytes };
  }

  /** Labels of the outputs that Triton's configuration names, that have as many classes as labels, or the only output. */
  #labels(): ReadonlyMap<string, LabelFile> {
    const { labels, manifest, triton } = this.folder;
    if (triton !== undefined) return triton.labels;
    if (manifest.labels === undefined) return new Map();
    const labelFile = { file: manifest.labels.file, labels };
    const { outputs } = this.graphPorts;
    const scored = outputs.filter(({ shape }) => shape.at(-1) === labels.length);
    return new Map(
      (scored.length === 0 && outputs.length === 1 ? outputs : scored).map(({ name }) => [name, labelFile]),
    );
  }

  #errorOf({ code, message }: Extract<RunOutcome, { kind: 'refused' }>): SandpiperError {
    switch (code) {
      case 'invalid-argument':
        return invalidRequest(message);
      case 'too-large':
        return inputTooLarge(message);
      case 'timeout':
        return new SandpiperError('deadline-exceeded', message);
      case 'runtime-error':
        return unusableInput(message);
      case 'not-found':
        return new SandpiperError('not-ready', `Model ${this.name} is being unloaded.`);
      default:
        return new SandpiperError('component-failed', message);
    }
  }
}

/**
 * Copies bytes in Node's pool or in shared memory, which cannot be transferred.
 *
 * @throws SandpiperError `invalid-request` for bytes that an earlier call has transferred
 */
function movable(tensor: BareTensor): BareTensor {
  const { buffer } = tensor.bytes;
  if (!(buffer instanceof ArrayBuffer) || isMarkedAsUntransferable(buffer))
    return { ...tensor, bytes: new Uint8Array(tensor.bytes) };
  if (!buffer.detached) return tensor;
  throw invalidRequest('The bytes of an input are no longer there: each call needs buffers of its own.');
}
