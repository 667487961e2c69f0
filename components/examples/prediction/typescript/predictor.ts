// Compares two pictures: each through the graph, and how alike that finds them.
import { getAll } from 'wasi:config/store@0.2.0-rc.1';
import { log } from 'wasi:logging/logging@0.1.0-draft';
import type { Error as NnError } from 'wasi:nn/errors@0.2.0-rc-2024-10-28';
import { loadByName } from 'wasi:nn/graph@0.2.0-rc-2024-10-28';
import { Tensor } from 'wasi:nn/tensor@0.2.0-rc-2024-10-28';
import type * as Contract from 'sandpiper:inference/prediction@0.1.0';
import type { Failure } from 'sandpiper:inference/failures@0.1.0';

const CHANNELS = 3;

/** The host holds every answer to it, and shows it to clients. */
const COMPARISON = {
  type: 'object',
  properties: {
    similarity: { type: 'number', minimum: -1, maximum: 1 },
    same: { type: 'boolean' },
  },
  required: ['similarity', 'same'],
};

/** The error branch of a result: whatever is thrown with a `payload`. */
class Refusal extends Error {
  constructor(readonly payload: Failure) {
    super(payload.tag);
  }
}

function internal(why: string): Refusal {
  return new Refusal({ tag: 'internal', val: why });
}

interface Config {
  width: number;
  height: number;
  mean: number[];
  std: number[];
  input: string;
  output: string | undefined;
}

/** `config` of model.json. */
function readConfig(): Config {
  const config = new Map(getAll());
  const number = (key: string, text: string): number => {
    const value = Number(text);
    if (Number.isFinite(value)) return value;
    throw internal(`config key "${key}" is "${text}", but must be a number`);
  };
  const perChannel = (key: string, fallback: string): number[] => {
    const numbers = (config.get(key) ?? fallback).split(',').map((text) => number(key, text));
    return numbers.length === CHANNELS ? numbers : Array<number>(CHANNELS).fill(numbers[0] ?? 0);
  };
  return {
    width: number('width', config.get('width') ?? '224'),
    height: number('height', config.get('height') ?? '224'),
    mean: perChannel('mean', '0'),
    std: perChannel('std', '1'),
    input: config.get('input') ?? 'input',
    output: config.get('output'),
  };
}

/** Row by row RGB bytes to planes of (pixel - mean) / std. */
function normalise(pixels: Uint8Array, { width, height, mean, std }: Config): Tensor {
  const count = width * height;
  const planes = new Float32Array(count * CHANNELS);
  for (let channel = 0; channel < CHANNELS; channel++) {
    const [centre = 0, spread = 1] = [mean[channel], std[channel]];
    const values = Float32Array.from({ length: 256 }, (_, byte) => (byte - centre) / spread);
    for (let pixel = 0; pixel < count; pixel++) {
      planes[channel * count + pixel] = values[pixels[pixel * CHANNELS + channel] ?? 0] ?? 0;
    }
  }
  return new Tensor(Uint32Array.of(1, CHANNELS, height, width), 'FP32', new Uint8Array(planes.buffer));
}

/** What the graph gives for a picture. */
function features({ value }: Contract.NamedInput, config: Config): Float32Array {
  if (value.tag !== 'picture') throw internal(`the input is a ${value.tag}`);
  const { width, height, pixels } = value.val;
  if (width !== config.width || height !== config.height)
    throw internal(`the picture is ${width} x ${height}`);
  const outputs = run(normalise(pixels, config), config.input);
  const found = outputs.find(([name]) => config.output === undefined || name === config.output);
  if (!found) throw internal(`the graph has no output "${config.output}"`);
  const bytes = found[1].data();
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function run(tensor: Tensor, input: string): [string, Tensor][] {
  try {
    return loadByName('model')
      .initExecutionContext()
      .compute([[input, tensor]]);
  } catch (error) {
    const { payload } = error as { payload?: NnError };
    if (payload === undefined) throw error;
    throw new Refusal({ tag: 'inference', val: { code: payload.code(), message: payload.data() } });
  }
}

/** From -1 to 1, at which both point the same way. */
function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) =>
    x.reduce((sum, value, index) => sum + value * (y[index] ?? 0), 0);
  const length = Math.sqrt(dot(a, a) * dot(b, b));
  return length > 0 ? Math.max(-1, Math.min(1, dot(a, b) / length)) : 0;
}

export const prediction: typeof Contract = {
  describe() {
    const { width, height } = readConfig();
    const picture: Contract.InputKind = {
      tag: 'picture',
      val: {
        size: { tag: 'exact', val: { width, height, fit: 'crop' } },
        filter: 'bilinear',
        format: 'rgb8',
        regions: false,
      },
    };
    return {
      inputs: [
        { name: 'first', description: 'One picture.', kind: picture, occurrence: 'required' },
        {
          name: 'second',
          description: 'The picture that it is compared with.',
          kind: picture,
          occurrence: 'required',
        },
      ],
      parameters: [
        {
          name: 'threshold',
          description: 'The similarity from which on both count as the same.',
          kind: { tag: 'number', val: { minimum: -1, maximum: 1, default: 0.8 } },
        },
      ],
      outputs: [
        {
          name: 'comparison',
          description: 'How alike both pictures are.',
          kind: { tag: 'json', val: JSON.stringify(COMPARISON) },
          optional: false,
        },
        {
          name: 'features',
          description: 'What the graph gave for each.',
          kind: { tag: 'tensor', val: { elementType: 'float32', shape: [2, undefined] } },
          optional: false,
        },
      ],
    };
  },

  predict({ inputs: [first, second], parameters: [threshold] }) {
    const config = readConfig();
    // All three come: the pictures are required, and the threshold has a default.
    if (!first || !second || threshold?.value.tag !== 'number') throw internal('the request is not whole');
    const [a, b] = [features(first, config), features(second, config)];
    const similarity = cosine(a, b);
    const comparison = JSON.stringify({ similarity, same: similarity >= threshold.value.val });
    log('debug', 'predict', comparison);
    const both = Float32Array.of(...a, ...b);
    const tensor = {
      elementType: 'float32',
      shape: Uint32Array.of(2, a.length),
      data: new Uint8Array(both.buffer),
    } as const;
    return [
      { name: 'comparison', value: { tag: 'json', val: comparison } },
      { name: 'features', value: { tag: 'tensor', val: tensor } },
    ];
  },
};
