// Compares two pictures: each through the graph, and how alike that finds them.
import { getAll } from 'wasi:config/store@0.2.0-rc.1';
import { log } from 'wasi:logging/logging@0.1.0-draft';
import { loadByName } from 'wasi:nn/graph@0.2.0-rc-2024-10-28';
import { Tensor } from 'wasi:nn/tensor@0.2.0-rc-2024-10-28';

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

/** What the graph gives for a picture. */
function features(picture, config) {
  if (picture.width !== config.width || picture.height !== config.height) {
    throw new Refusal('internal', `the picture is ${picture.width} x ${picture.height}`);
  }
  try {
    const context = loadByName('model').initExecutionContext();
    const outputs = context.compute([[config.input, normalise(picture.pixels, config)]]);
    const found = outputs.find(([name]) => config.output === undefined || name === config.output);
    if (!found) throw new Refusal('internal', `the graph has no output "${config.output}"`);
    const bytes = found[1].data();
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  } catch (error) {
    const { payload } = error;
    if (error instanceof Refusal || !payload) throw error;
    throw new Refusal('inference', { code: payload.code(), message: payload.data() });
  }
}

/** From -1 to 1, at which both point the same way. */
function cosine(a, b) {
  const dot = (x, y) => x.reduce((sum, value, index) => sum + value * y[index], 0);
  const length = Math.sqrt(dot(a, a) * dot(b, b));
  return length > 0 ? Math.max(-1, Math.min(1, dot(a, b) / length)) : 0;
}

export const prediction = {
  describe() {
    const { width, height } = readConfig();
    const size = { tag: 'exact', val: { width, height, fit: 'crop' } };
    const picture = { size, filter: 'bilinear', format: 'rgb8', regions: false };
    const kind = { tag: 'picture', val: picture };
    return {
      inputs: [
        { name: 'first', description: 'One picture.', kind, occurrence: 'required' },
        {
          name: 'second',
          description: 'The picture that it is compared with.',
          kind,
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

  predict({ inputs, parameters }) {
    const config = readConfig();
    // Both are required, so that they come, and in the order of the description.
    const [first, second] = inputs.map(({ value }) => features(value.val, config));
    const [threshold] = parameters.map(({ value }) => value.val);
    const similarity = cosine(first, second);
    const comparison = JSON.stringify({ similarity, same: similarity >= threshold });
    log('debug', 'predict', comparison);
    const both = Float32Array.of(...first, ...second);
    const tensor = {
      elementType: 'float32',
      shape: Uint32Array.of(2, first.length),
      data: new Uint8Array(both.buffer),
    };
    return [
      { name: 'comparison', value: { tag: 'json', val: comparison } },
      { name: 'features', value: { tag: 'tensor', val: tensor } },
    ];
  },
};
