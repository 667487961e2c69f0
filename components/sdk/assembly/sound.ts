/** The sound of the request, read by windows. */
import { getSoundLength, readSamples } from './abi/imports/host';
import { forgetReceived, returnArea, takeBuffer } from './abi/memory';

/** Samples in all, at the rate that `describe` asked for. */
export function soundLength(): u64 {
  return getSoundLength();
}

/** Up to `count` mono samples from `offset` on, each from -1 to 1; fewer where the sound ends. */
export function readSound(offset: u64, count: u32): Float32Array {
  readSamples(offset, count, returnArea);
  const buffer = takeBuffer(load<usize>(returnArea), load<usize>(returnArea, 4) << 2);
  forgetReceived();
  return Float32Array.wrap(buffer);
}
