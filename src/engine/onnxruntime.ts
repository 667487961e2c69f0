/** ONNX Runtime behind the engine contract: the only user of onnxruntime-node. */
import { InferenceSession, type Tensor } from 'onnxruntime-node';
import type { BareTensor } from '../bridge/client-protocol.ts';
import { ELEMENT_BYTES, type GraphFacts, type PortFacts } from '../bridge/protocol.ts';
import { messageOf } from '../errors.ts';
import type { Backend, EngineGraph, EngineTensor, LoadOptions } from './backend.ts';
import { CARRIERS } from './element-types.ts';
import { EngineError } from './engine-error.ts';
import { needsQuantPrecision } from './needs-quant-precision.ts';
import { bytesOf, feedOf, isRunnable, type Feed } from './onnx-feed.ts';
import { carriedAs, OnnxTensor } from './onnx-tensor.ts';
import { float32FromBfloat16 } from './onnx/bfloat16.ts';
import { OnnxFormatError } from './onnx/format-error.ts';
import { excessOf, guardOutputs } from './onnx/guard-outputs.ts';
import { inspectModel, type ModelFacts } from './onnx/inspect-model.ts';
import type { IoFacts } from './onnx/value-info.ts';
import { widenBfloat16 } from './onnx/widen-bfloat16.ts';

const QUANT_PRECISION = needsQuantPrecision() ? '1' : '0';

export function createOnnxRuntime(): Backend {
  return { load };
}

async function load(model: Uint8Array, options: LoadOptions): Promise<EngineGraph> {
  const facts = inspect(model);
  if (facts.externalData.length > 0) {
    throw new EngineError(
      'security',
      `The model refers to data outside its file (${JSON.stringify(facts.externalData[0])}); save it with its data inside.`,
    );
  }
  assertPorts(facts, options.bare);
  const widened = widenBfloat16(model, facts);
  const renamed = new Map([...(widened?.inputs ?? []), ...(widened?.outputs ?? [])]);
  const guarded = guardOutputs(
    widened?.bytes ?? model,
    facts.outputs.map(({ name, elementType }) => ({
      name: renamed.get(name) ?? name,
      width: CARRIERS.get(elementType)?.width ?? ELEMENT_BYTES.FP32,
    })),
  );
  const session = await createSession(guarded.bytes, options);
  return new OnnxGraph(session, facts, { renamed, limit: guarded.limit });
}

function inspect(model: Uint8Array): ModelFacts {
  try {
    return inspectModel(model);
  } catch (error) {
    if (error instanceof OnnxFormatError) throw new EngineError('invalid-encoding', error.message);
    throw error;
  }
}

/** What could never be computed, or would be answered wrongly, is refused at once. */
function assertPorts({ inputs, outputs }: ModelFacts, bare: boolean): void {
  for (const input of inputs) if (!input.optional) assertPort('Input', input, bare);
  for (const output of outputs) assertPort('Output', output, bare);
  // The binding gives its results as properties of a plain object, where this name is none.
  if (outputs.some(({ name }) => name === '__proto__')) {
    throw new EngineError('unsupported-operation', 'An output called "__proto__" cannot be given.');
  }
}

function assertPort(what: 'Input' | 'Output', { name, elementType }: IoFacts, bare: boolean): void {
  if (bare ? isRunnable(elementType) : carriedAs(elementType) !== undefined) return;
  const why = bare ? 'which no tensor of a client can carry' : 'which no wasi:nn tensor type can carry';
  throw new EngineError('unsupported-operation', `${what} "${name}" is ${elementType}, ${why}.`);
}

async function createSession(
  model: Uint8Array,
  { intraOpThreads, anySize }: LoadOptions,
): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(model, {
      executionProviders: ['cpu'],
      intraOpNumThreads: intraOpThreads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      // Runs are faster with an arena, a speech decoder's by more than half: without one the pages of its large blocks
      // are cleared anew each time. It keeps what the largest run took until the graph is released.
      enableCpuMemArena: !anySize,
      enableMemPattern: false,
      logSeverityLevel: 4, // errors come as exceptions; its own lines would only spoil the log
      extra: {
        session: {
          x64quantprecision: QUANT_PRECISION,
          // Threads that spin on after a run keep the guest that waits for its answer from a core.
          force_spinning_stop: '1',
        },
      },
    });
  } catch (error) {
    throw refusalOfLoad(messageOf(error));
  }
}

/** A sound model that asks for what this engine has not. */
const LACKING =
  /not a registered function\/op|No Op registered for|Could not find an implementation|is under development|Unsupported model IR version|not currently registered or supported/i;

/** ONNX Runtime tells its reason in the message alone. */
function refusalOfLoad(message: string): EngineError {
  const why = readable(message);
  if (LACKING.test(message)) {
    return new EngineError('unsupported-operation', `The engine cannot run this model: ${why}`);
  }
  return new EngineError('invalid-encoding', `The engine cannot load this model: ${why}`);
}

/** The engine's message without the places in its own sources. */
function readable(message: string): string {
  return message
    .replaceAll(/\/\S+\.(?:cc|h):\d+\s*/g, '')
    .replaceAll(/\s+/g, ' ')
    .slice(0, 500);
}

/** What ONNX Runtime's session has beyond the model's own names. */
interface RuntimeNames {
  /** Where they differ from the model's. */
  renamed: ReadonlyMap<string, string>;
  /** The input of {@link guardOutputs}. */
  limit: string;
}

class OnnxGraph implements EngineGraph {
  readonly facts: GraphFacts;
  readonly #session: InferenceSession;
  readonly #inputs: ReadonlyMap<string, IoFacts>;
  readonly #outputs: readonly IoFacts[];
  readonly #names: RuntimeNames;

  constructor(session: InferenceSession, model: ModelFacts, names: RuntimeNames) {
    this.#session = session;
    this.#inputs = new Map(model.inputs.map((input) => [input.name, input]));
    this.#outputs = model.outputs;
    this.#names = names;
    this.facts = {
      inputs: model.inputs.map(portFacts),
      outputs: model.outputs.map(portFacts),
      metadata: { ...model.metadata },
    };
  }

  tensorFromBytes(input: string, dimensions: readonly number[], bytes: Uint8Array): EngineTensor {
    const { elementType } = this.#input(input);
    return OnnxTensor.fromGuest(carriedAs(elementType) ?? 'U8', dimensions, bytes);
  }

  async run(
    inputs: ReadonlyMap<string, EngineTensor>,
    outputBytes: number,
  ): Promise<[string, EngineTensor][]> {
    const feeds = [...inputs].map(
      ([name, tensor]) => [name, (tensor as OnnxTensor).feedFor(this.#input(name))] as const,
    );
    const results = await this.#runSession(feeds, this.#outputs, outputBytes);
    return results.map(({ name, elementType, dims, data }) => {
      const type = carriedAs(elementType);
      if (type === undefined) throw new EngineError('runtime-error', `Output "${name}" is ${elementType}.`);
      return [name, OnnxTensor.fromRun(type, dims, data as ArrayBufferView)];
    });
  }

  async infer(
    inputs: readonly BareTensor[],
    outputs: readonly string[],
    outputBytes: number,
  ): Promise<BareTensor[]> {
    const feeds = inputs.map(({ name, dimensions, bytes }) => {
      const input = this.#input(name);
      const wide =
        input.elementType === 'BFLOAT16' ? new Uint8Array(float32FromBfloat16(bytes).buffer) : bytes;
      return [name, feedOf(input, dimensions, wide)] as const;
    });
    const wanted = outputs.map((name) => this.#output(name));
    const results = await this.#runSession(feeds, wanted, outputBytes);
    return results.map(({ name, elementType, dims, data }) => ({
      name,
      dimensions: dims,
      bytes: bytesOf(elementType, data),
    }));
  }

  async #runSession(
    inputs: readonly (readonly [name: string, feed: Feed])[],
    outputs: readonly IoFacts[],
    outputBytes: number,
  ): Promise<(Pick<IoFacts, 'name' | 'elementType'> & Pick<Feed, 'dims' | 'data'>)[]> {
    // Without a prototype: the binding takes an inherited property for an input of that name.
    const feeds = Object.create(null) as Record<string, Feed>;
    for (const [name, feed] of inputs) feeds[this.#runtimeName(name)] = feed;
    feeds[this.#names.limit] = {
      type: 'float64',
      dims: [],
      data: Float64Array.of(outputBytes),
      location: 'cpu',
    };
    const fetches = outputs.map(({ name }) => this.#runtimeName(name));
    const results = await this.#session
      .run(feeds as Record<string, object> as Record<string, Tensor>, fetches)
      .catch((error: unknown) => refuseRun(messageOf(error), outputBytes));
    return outputs.map(({ name, elementType }) => {
      const result = results[this.#runtimeName(name)];
      if (result === undefined)
        throw new EngineError('runtime-error', `The engine gave no output "${name}".`);
      return { name, elementType, dims: result.dims, data: result.data };
    });
  }

  #runtimeName(name: string): string {
    return this.#names.renamed.get(name) ?? name;
  }

  async release(): Promise<void> {
    await this.#session.release();
  }

  #input(name: string): IoFacts {
    const facts = this.#inputs.get(name);
    if (facts === undefined) throw new EngineError('invalid-argument', `There is no input "${name}".`);
    return facts;
  }

  #output(name: string): IoFacts {
    const facts = this.#outputs.find((output) => output.name === name);
    if (facts === undefined) throw new EngineError('invalid-argument', `There is no output "${name}".`);
    return facts;
  }
}

function refuseRun(message: string, outputBytes: number): never {
  const total = excessOf(message);
  if (total !== undefined) {
    throw new EngineError(
      'too-large',
      `The outputs take ${total} bytes, and the limit requestTensorBytes leaves ${outputBytes}.`,
    );
  }
  throw new EngineError('runtime-error', `The engine could not run the graph: ${readable(message)}`);
}

function portFacts({ name, elementType, dimensions, optional }: IoFacts): PortFacts {
  return { name, type: carriedAs(elementType), elementType, dimensions, ...(optional && { optional }) };
}
