/** A bare graph: clients bring its inputs and get its outputs, straight from the engine threads. */
import { unpackElements } from '../bridge/byte-elements.ts';
import type { BareTensor } from '../bridge/client-protocol.ts';
import { EngineRefusal } from '../bridge/engine-link.ts';
import type { GraphReference } from '../bridge/protocol.ts';
import type { EnginePool } from '../engine/engine-pool.ts';
import { SandpiperError } from '../errors.ts';
import type { GraphFolder } from '../repository/model-folder.ts';
import { bytesOf, checkTensors } from './check-tensors.ts';
import { batchSizeOf, portsOf, type GraphPorts } from './graph-ports.ts';
import type { RequestScope } from './request-scope.ts';
import { ServedModel, type ServedModelContext } from './served-model.ts';
import type {
  ClientTensor,
  InferAnswer,
  InferOptions,
  ModelDescription,
  ModelPort,
} from './tensor-inference.ts';

export interface ServedGraphContext extends Omit<ServedModelContext, 'probe'> {
  engines: EnginePool;
  /** Runs the graph on zeros, to find out whether one that was set aside works again. */
  probe: (model: ServedGraph) => Promise<unknown>;
}

export class ServedGraph extends ServedModel<GraphFolder> {
  readonly graph: GraphReference;
  readonly ports: GraphPorts;
  /** 0: the first dimension is no batch. */
  readonly maxBatchSize: number;
  readonly #engines: EnginePool;

  constructor(folder: GraphFolder, graph: GraphReference, context: ServedGraphContext) {
    super(folder, { ...context, probe: async () => context.probe(this) });
    this.graph = graph;
    this.ports = portsOf(graph.facts);
    this.maxBatchSize = batchSizeOf(graph.facts, folder.limits);
    this.#engines = context.engines;
  }

  override release(): void {
    this.breaker[Symbol.dispose]();
    this.#engines.unload(this.graph.key);
  }

  describe(): Pick<ModelDescription, 'inputs' | 'outputs' | 'labels' | 'maxBatchSize'> {
    const plain = ({ name, datatype, shape }: ModelPort): ModelPort => ({ name, datatype, shape });
    return {
      inputs: this.ports.inputs.map(plain),
      outputs: this.ports.outputs.map(plain),
      labels: this.#labels(),
      maxBatchSize: this.maxBatchSize,
    };
  }

  /**
   * One run.
   *
   * @throws SandpiperError `invalid-request`, `input-too-large`, `unusable-input` for what the graph itself refuses
   */
  async infer(
    inputs: readonly ClientTensor[],
    { outputs }: Pick<InferOptions, 'outputs'>,
    scope: RequestScope,
  ): Promise<InferAnswer> {
    const { name, version, folder } = this;
    const { tensorBytes, requestTensorBytes } = folder.limits;
    const wanted = this.#wanted(outputs);
    const bare = checkTensors({ model: name, inputs: this.ports.inputs, limits: folder.limits }, inputs);
    const limits = { tensorBytes, allBytes: requestTensorBytes - bytesOf(bare) };
    using _turn = await this.turn(scope, 'short');
    const found = await this.#run({ inputs: bare, outputs: wanted, limits, deadline: scope.deadline }, scope);
    return {
      model: name,
      version,
      ...(this.maxBatchSize > 0 && { batchSize: bare[0]?.dimensions[0] ?? 1 }),
      outputs: found.map((output) => this.#answer(output)),
      timing: scope.timing(),
    };
  }

  async #run(
    run: Parameters<EnginePool['client']['run']>[1],
    scope: RequestScope,
  ): Promise<readonly BareTensor[]> {
    const queued = performance.now();
    let started: number | undefined;
    const onStart = (): void => {
      started = performance.now();
      scope.note('queue', started - queued);
    };
    try {
      const { outputs, runMs } = await this.#engines.client.run(this.graph, run, {
        signal: scope.signal,
        onStart,
      });
      scope.assertInTime();
      scope.note('compute', runMs);
      this.breaker.succeeded();
      return outputs;
    } catch (thrown) {
      const error = thrown instanceof EngineRefusal ? this.#errorOf(thrown) : thrown;
      if (started !== undefined) this.judge(error, scope, performance.now() - started);
      throw error;
    }
  }

  /** Names of outputs; all of them unless some are asked for. */
  #wanted(outputs: readonly string[] = []): readonly string[] {
    const names = this.ports.outputs.map(({ name }) => name);
    if (outputs.length === 0) return names;
    const unknown = outputs.find((name) => !names.includes(name));
    if (unknown !== undefined)
      throw new SandpiperError(
        'invalid-request',
        `unexpected inference output '${unknown.slice(0, 100)}' for model '${this.name}', which gives ${names.join(', ')}`,
      );
    const twice = outputs.find((name, place) => outputs.indexOf(name) !== place);
    if (twice !== undefined)
      throw new SandpiperError('invalid-request', `output '${twice}' already exists in request`);
    return outputs;
  }

  #answer({ name, dimensions, bytes }: BareTensor): ClientTensor {
    const datatype = this.ports.outputs.find((port) => port.name === name)?.datatype ?? 'BYTES';
    return { name, datatype, shape: dimensions, data: datatype === 'BYTES' ? unpackElements(bytes) : bytes };
  }

  /** For the outputs that end in as many numbers as there are labels, or else for the only output. */
  #labels(): ReadonlyMap<string, readonly string[]> {
    const { labels } = this.folder;
    if (labels.length === 0) return new Map();
    const { outputs } = this.ports;
    const scored = outputs.filter(({ shape }) => shape.at(-1) === labels.length);
    return new Map(
      (scored.length === 0 && outputs.length === 1 ? outputs : scored).map(({ name }) => [name, labels]),
    );
  }

  #errorOf({ code, message }: EngineRefusal): SandpiperError {
    switch (code) {
      case 'invalid-argument':
        return new SandpiperError('invalid-request', message);
      case 'too-large':
        return new SandpiperError('input-too-large', message);
      case 'timeout':
        return new SandpiperError('deadline-exceeded', message);
      case 'runtime-error':
        return new SandpiperError('unusable-input', message);
      case 'not-found':
        return new SandpiperError('not-ready', `Model ${this.name} is being unloaded.`);
      default:
        return new SandpiperError('component-failed', message);
    }
  }
}
