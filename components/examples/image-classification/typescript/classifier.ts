// An image classifier: pixels to a normalised tensor, through the graph, to the best classes.
import { getAll } from 'wasi:config/store@0.2.0-rc.1';
import { log } from 'wasi:logging/logging@0.1.0-draft';
import type { Error as NnError } from 'wasi:nn/errors@0.2.0-rc-2024-10-28';
import { loadByName } from 'wasi:nn/graph@0.2.0-rc-2024-10-28';
import { Tensor } from 'wasi:nn/tensor@0.2.0-rc-2024-10-28';
import type * as Contract from 'sandpiper:inference/image-classification@0.1.0';
import type { Failure } from 'sandpiper:inference/failures@0.1.0';

const CHANNELS = 3;

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
  topK: number;
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
    topK: number('top-k', config.get('top-k') ?? '5'),
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

/** The graph's output as numbers. */
function run(tensor: Tensor, { input, output }: Config): Float32Array {
  const outputs = compute(tensor, input);
  const found = outputs.find(([name]) => output === undefined || name === output);
  if (!found) throw internal(`the graph has no output "${output}"`);
  const bytes = found[1].data();
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function compute(tensor: Tensor, input: string): [string, Tensor][] {
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

function toScores(values: Float32Array, scoreFunction: Contract.ScoreFunction): Float32Array {
  if (scoreFunction === 'none') return values;
  if (scoreFunction === 'sigmoid') return values.map((value) => 1 / (1 + Math.exp(-value)));
  const largest = values.reduce((a, b) => Math.max(a, b));
  const shares = values.map((value) => Math.exp(value - largest));
  const sum = shares.reduce((a, b) => a + b);
  return shares.map((share) => share / sum);
}

export const imageClassification: typeof Contract = {
  describe() {
    const { width, height } = readConfig();
    return { width, height, fit: 'crop', cropFraction: 0.875, filter: 'bilinear', format: 'rgb8' };
  },

  classify(picture, options) {
    const config = readConfig();
    if (picture.width !== config.width || picture.height !== config.height) {
      throw internal(`the picture is ${picture.width} x ${picture.height}`);
    }
    const values = run(normalise(picture.pixels, config), config);
    const scores = toScores(values, options.scoreFunction ?? 'softmax');
    const predictions = Array.from(scores, (score, index) => ({ index, score }))
      .sort((a, b) => b.score - a.score || a.index - b.index)
      .slice(0, options.topK ?? config.topK);
    log('debug', 'classify', `best class ${predictions[0]?.index}`);
    return predictions;
  },
};
