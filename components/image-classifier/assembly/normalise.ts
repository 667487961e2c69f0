/**
 * Pixels to the graph's input: each becomes (pixel - mean) / std of its channel.
 *
 * A byte has 256 values, so the arithmetic is done once per value and channel, and a pixel is one
 * look-up, whatever the type: about 0.1 ms for 224 x 224 pixels.
 */
import { Tensor, TensorType, halfOfFloat } from '../../sdk/assembly';
import { Settings } from './settings';

/** The input tensor of one picture; `pixels` are height x width x channels bytes, row by row. */
export function normalise(pixels: Uint8Array, settings: Settings): Tensor {
  if (settings.type == TensorType.FP32) return convert<f32>(pixels, settings);
  if (settings.type == TensorType.FP16) return convert<u16>(pixels, settings);
  return convert<u8>(pixels, settings);
}

/** `T` is the type in memory: a half has no type of its own and is the u16 of its bits. */
function convert<T extends number>(pixels: Uint8Array, settings: Settings): Tensor {
  const channels = settings.channels;
  const count = pixels.length / channels;
  const elements = new Uint8Array(pixels.length * sizeof<T>());
  for (let channel = 0; channel < channels; channel++) {
    const table = lookUpTable<T>(settings.mean[channel], settings.std[channel]);
    const from = pixels.dataStart + channel;
    if (settings.planar)
      look<T>(table, from, channels, elements.dataStart + channel * count * sizeof<T>(), 1, count);
    else look<T>(table, from, channels, elements.dataStart + channel * sizeof<T>(), channels, count);
  }
  return Tensor.of(settings.type, settings.dimensions, elements);
}

/** Translates `count` bytes, `fromStep` bytes apart, to elements `toStep` elements apart. */
function look<T extends number>(
  table: StaticArray<T>,
  from: usize,
  fromStep: usize,
  to: usize,
  toStep: usize,
  count: usize,
): void {
  const values = changetype<usize>(table);
  const end = from + count * fromStep;
  for (; from < end; from += fromStep, to += toStep * sizeof<T>()) {
    store<T>(to, load<T>(values + <usize>load<u8>(from) * sizeof<T>()));
  }
}

/** The normalised number for each of a byte's 256 values. */
function lookUpTable<T extends number>(mean: f64, std: f64): StaticArray<T> {
  const table = new StaticArray<T>(256);
  for (let byte = 0; byte < 256; byte++) {
    const value = (<f64>byte - mean) / std;
    if (isFloat<T>()) table[byte] = <T>value;
    else if (sizeof<T>() == 2) table[byte] = <T>halfOfFloat(<f32>value);
    else table[byte] = <T>Math.min(Math.max(Math.round(value), 0), 255);
  }
  return table;
}
