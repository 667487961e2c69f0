/** ONNX Runtime behind the engine contract: the only user of onnxruntime-node. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { GraphFacts, PortFacts, TensorType } from '../bridge/protocol.ts';
import { messageOf } from '../errors.ts';
import type { Backend, EngineGraph, EngineTensor, LoadOptions } from './backend.ts';
import { CARRIERS, type Carrier } from './element-types.ts';
import { EngineError } from './engine-error.ts';
import { bfloat16FromFloat32, float32FromBfloat16 } from './onnx/bfloat16.ts';
import { OnnxFormatError } from './onnx/format-error.ts';
import { inspectModel, type ModelFacts } from './onnx/inspect-model.ts';
import type { IoFacts } from './onnx/value-info.ts';
import { widenBfloat16 } from './onnx/widen-bfloat16.ts';

export function createOnnxRuntime(): Backend {
  return { load };
}

async function load(model: Uint8Array, { intraOpThreads }: LoadOptions): Promise<EngineGraph> {
  const facts = inspect(model);
  if (facts.externalData.length > 0) {
    throw new EngineError(
      'security',
      `The model refers to data outside its file (${JSON.stringify(facts.externalData[0])}); save it with its data inside.`,
    );
  }
  const widened = widenBfloat16(model, facts);
  const session = await createSession(widened?.bytes ?? model, intraOpThreads);
  const renamed = new Map([...(widened?.inputs ?? []), ...(widened?.outputs ?? [])]);
  return new OnnxGraph(session, facts, renamed);
}

function inspect(model: Uint8Array): ModelFacts {
  try {
    return inspectModel(model);
  } catch (error) {
    if (error instanceof OnnxFormatError) throw new EngineError('invalid-encoding', error.message);
    throw error;
  }
}

async function createSession(model: Uint8Array, intraOpThreads: number): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(model, {
      executionProviders: ['cpu'],
      intraOpNumThreads: intraOpThreads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
    });
  } catch (error) {
    throw refusalOfLoad(messageOf(error));
  }
}

/** ONNX Runtime tells its reason in the message alone. */
function refusalOfLoad(message: string): EngineError {
  const why = readable(message);
  if (/not a registered function\/op|NOT_IMPLEMENTED|is under development|opset \d+ is/i.test(message)) {
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

class OnnxGraph implements EngineGraph {
  readonly facts: GraphFacts;
  readonly #session: InferenceSession;
  readonly #inputs: ReadonlyMap<string, IoFacts>;
  readonly #outputs: readonly IoFacts[];
  /** Names that ONNX Runtime knows, where they differ from the model's. */
  readonly #renamed: ReadonlyMap<string, string>;

  constructor(session: InferenceSession, model: ModelFacts, renamed: ReadonlyMap<string, string>) {
    this.#session = session;
    this.#inputs = new Map(model.inputs.map((input) => [input.name, input]));
    this.#outputs = model.outputs;
    this.#renamed = renamed;
    this.facts = {
      inputs: model.inputs.map(portFacts),
      outputs: model.outputs.map(portFacts),
      metadata: { ...model.metadata },
    };
  }

  tensorFromBytes(input: string, dimensions: readonly number[], bytes: Uint8Array): EngineTensor {
    const facts = this.#inputs.get(input);
    if (facts === undefined) throw new EngineError('invalid-argument', `There is no input "${input}".`);
    const shape = facts.dimensions?.length === 0 ? [] : dimensions;
    if (facts.elementType === 'BFLOAT16') {
      return new OnnxTensor(new Tensor('float32', float32FromBfloat16(bytes), shape), 'BF16');
    }
    const { type, runtimeType, array, width } = carrierOf(facts);
    const own = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
    const data = new array(own.buffer as ArrayBuffer, own.byteOffset, own.byteLength / width);
    return new OnnxTensor(new Tensor(runtimeType as 'float32', data as Float32Array, shape), type);
  }

  async run(inputs: ReadonlyMap<string, EngineTensor>): Promise<[string, EngineTensor][]> {
    const feeds: Record<string, Tensor> = Object.create(null) as Record<string, Tensor>;
    for (const [name, tensor] of inputs) {
      feeds[this.#renamed.get(name) ?? name] = (tensor as OnnxTensor).as(this.#inputs.get(name)?.elementType);
    }
    const results = await this.#session.run(feeds).catch((error: unknown) => {
      throw new EngineError(
        'runtime-error',
        `The engine could not run the graph: ${readable(messageOf(error))}`,
      );
    });
    return this.#outputs.map((output) => {
      const tensor = results[this.#renamed.get(output.name) ?? output.name];
      if (tensor === undefined)
        throw new EngineError('runtime-error', `The engine gave no output "${output.name}".`);
      const type = typeOf(output);
      if (type === undefined) {
        throw new EngineError(
          'unsupported-operation',
          `Output "${output.name}" is ${output.elementType}, which no wasi:nn tensor type can carry.`,
        );
      }
      return [output.name, new OnnxTensor(tensor, type)];
    });
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

class OnnxTensor implements EngineTensor {
  readonly type: TensorType;
  readonly #tensor: Tensor;

  constructor(tensor: Tensor, type: TensorType) {
    this.#tensor = tensor;
    this.type = type;
  }

  /** A scalar is `[1]` in wasi:nn. */
  get dimensions(): readonly number[] {
    return this.#tensor.dims.length === 0 ? [1] : this.#tensor.dims;
  }

  get byteLength(): number {
    const { byteLength } = this.#tensor.data as Float32Array;
    return this.type === 'BF16' ? byteLength / 2 : byteLength;
  }

  takeBytes(): Uint8Array {
    const data = this.#tensor.data as Float32Array;
    if (this.type === 'BF16') return bfloat16FromFloat32(data);
    const whole = data.byteLength === data.buffer.byteLength;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return whole ? bytes : bytes.slice();
  }

  /** The same bytes as the element type of another graph's input, which a wasi:nn type may stand for too. */
  as(elementType: string | undefined): Tensor {
    const carrier = CARRIERS.get(elementType ?? '');
    if (carrier === undefined || carrier.runtimeType === this.#tensor.type) return this.#tensor;
    const { buffer, byteOffset, byteLength } = this.#tensor.data as Float32Array;
    const data = new carrier.array(buffer as ArrayBuffer, byteOffset, byteLength / carrier.width);
    return new Tensor(carrier.runtimeType as 'float32', data as Float32Array, this.#tensor.dims);
  }
}

function portFacts({ name, elementType, dimensions, optional }: IoFacts): PortFacts {
  const type = typeOf({ elementType });
  return { name, type, elementType, dimensions, ...(optional === true && { optional }) };
}

function typeOf({ elementType }: Pick<IoFacts, 'elementType'>): TensorType | undefined {
  return elementType === 'BFLOAT16' ? 'BF16' : CARRIERS.get(elementType)?.type;
}

function carrierOf({ name, elementType }: IoFacts): Carrier {
  const carrier = CARRIERS.get(elementType);
  if (carrier !== undefined) return carrier;
  throw new EngineError(
    'unsupported-operation',
    `Input "${name}" is ${elementType}, which no wasi:nn tensor type can carry.`,
  );
}
