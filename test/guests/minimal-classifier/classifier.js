// A classifier of the smallest world: normalised pixels through the graph, and its numbers as they are.
import { loadByName } from 'wasi:nn/graph@0.2.0-rc-2024-10-28';
import { Tensor } from 'wasi:nn/tensor@0.2.0-rc-2024-10-28';

const SIDE = 8;
const MEAN = [123.675, 116.28, 103.53];
const STD = [58.395, 57.12, 57.375];

export const imageClassification = {
  describe() {
    return {
      width: SIDE,
      height: SIDE,
      fit: 'crop',
      cropFraction: 0.875,
      filter: 'bilinear',
      format: 'rgb8',
    };
  },

  classify({ pixels }, { topK = 5 }) {
    const planes = new Float32Array(pixels.length);
    for (const [at, value] of pixels.entries()) {
      const channel = at % 3;
      planes[channel * SIDE * SIDE + (at - channel) / 3] = (value - MEAN[channel]) / STD[channel];
    }
    const input = new Tensor(Uint32Array.of(1, 3, SIDE, SIDE), 'FP32', new Uint8Array(planes.buffer));
    const context = loadByName('model').initExecutionContext();
    const [[, output]] = context.compute([['input', input]]);
    const bytes = output.data();
    const scores = new Float32Array(
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
    );
    return Array.from(scores, (score, index) => ({ index, score }))
      .toSorted((a, b) => b.score - a.score || a.index - b.index)
      .slice(0, topK);
  },
};
