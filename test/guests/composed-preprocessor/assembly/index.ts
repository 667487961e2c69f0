/** The first half of a composed classifier: see ../../composed-classifier/composed.wit. */
import {
  forgetReceived,
  keepBlock,
  resultArea,
  takeBuffer,
} from '../../../../components/sdk/assembly/abi/memory';

export { cabi_realloc } from '../../../../components/sdk/assembly/abi/memory';

const CHANNELS = 3;

export function normalise(pixels: usize, bytes: usize): usize {
  const given = Uint8Array.wrap(takeBuffer(pixels, bytes));
  forgetReceived();
  const count = given.length / CHANNELS;
  const size = <usize>given.length * sizeof<f32>();
  const list = keepBlock(size);
  let to = list;
  for (let channel = 0; channel < CHANNELS; channel++) {
    for (let pixel = 0; pixel < count; pixel++, to += sizeof<f32>()) {
      store<f32>(to, (<f32>given[pixel * CHANNELS + channel] - 127) / 128);
    }
  }
  store<usize>(resultArea, list);
  store<usize>(resultArea, size, 4);
  return resultArea;
}
