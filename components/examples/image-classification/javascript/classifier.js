// An image classifier: pixels to a normalised tensor, through the graph, to the best classes.
import { getAll } from 'wasi:config/store@0.2.0-rc.1';
import { log } from 'wasi:logging/logging@0.1.0-draft';
import { loadByName } from 'wasi:nn/graph@0.2.0-rc-2024-10-28';
import { Tensor } from 'wasi:nn/tensor@0.2.0-rc-2024-10-28';

const CHANNELS = 3;

/** The error branch of a result: whatever is thrown with a `payload`. */
class Refusal extends Error {
  constructor(tag, val) {
    super(tag);
    this.payload = { tag, val };
  }
}

/** `config` of model.json. */
function readConfig() {
  const config = new Map(getAll());
  const number = (key, text) => {
    const value = Number(text);
    if (Number.isFinite(value)) return value;
    throw new Refusal('internal', `config key "${key}" is "${text}", but must be a number`);
  };
  const perChannel = (key, fallback) => {
    const numbers = (config.get(key) ?? fallback).split(',').map((text) => number(key, text));
    return numbers.length === CHANNELS ? numbers : Array(CHANNELS).fill(numbers[0]);
  };
  return {
    width: number('width', config.get('width') ?? 224),
    height: number('height', config.get('height') ?? 224),
    mean: perChannel('mean', '0'),
    std: perChannel('std', '1'),
    input: config.get('input') ?? 'input',
    output: config.get('output'),
    topK: number('top-k', config.get('top-k') ?? 5),
  };
}

/** Row by row RGB bytes to planes of (pixel - mean) / std. */
function normalise(pixels, { width, height, mean, std }) {
  const count = width * height;
  const planes = new Float32Array(count * CHANNELS);
  for (let channel = 0; channel < CHANNELS; channel++) {
    const values = Float32Array.from({ length: 256 }, (_, byte) => (byte - mean[channel]) / std[channel]);
    for (let pixel = 0; pixel < count; pixel++) {
      planes[channel * count + pixel] = values[pixels[pixel * CHANNELS + channel]];
    }
  }
  return new Tensor(Uint32Array.of(1, CHANNELS, height, width), 'FP32', new Uint8Array(planes.buffer));
}

/** The graph's output as numbers. */
function run(tensor, { input, output }) {
  try {
    const context = loadByName('model').initExecutionContext();
    const outputs = context.compute([[input, tensor]]);
    const found = outputs.find(([name]) => output === undefined || name === output);
    if (!found) throw new Refusal('internal', `the graph has no output "${output}"`);
    const bytes = found[1].data();
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  } catch (error) {
    const { payload } = error;
    if (error instanceof Refusal || !payload) throw error;
    throw new Refusal('inference', { code: payload.code(), message: payload.data() });
  }
}

function toScores(values, scoreFunction) {
  if (scoreFunction === 'none') return values;
  if (scoreFunction === 'sigmoid') return values.map((value) => 1 / (1 + Math.exp(-value)));
  const largest = values.reduce((a, b) => Math.max(a, b));
  const shares = values.map((value) => Math.exp(value - largest));
  const sum = shares.reduce((a, b) => a + b);
  return shares.map((share) => share / sum);
}

export const imageClassification = {
  describe() {
    const { width, height } = readConfig();
    return { width, height, fit: 'crop', cropFraction: 0.875, filter: 'bilinear', format: 'rgb8' };
  },

  classify(picture, options) {
    const config = readConfig();
    if (picture.width !== config.width || picture.height !== config.height) {
      throw new Refusal('internal', `the picture is ${picture.width} x ${picture.height}`);
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
