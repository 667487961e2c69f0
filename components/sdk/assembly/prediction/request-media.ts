/** The request's pictures and sounds, read while the component works. */
import { getLengthOfSound, readRegionPixels, readSamplesOf } from '../abi/imports/prediction';
import { forgetReceived, returnArea, takeBuffer } from '../abi/memory';
import { PixelFormat } from './values';

/** In pixels of the client's own picture; may reach beyond its edges, where it is black. */
export class Region {
  constructor(
    public left: f32,
    public top: f32,
    public width: f32,
    public height: f32,
  ) {}
}

/** The pixels of a region of the client's own picture, scaled to `width` x `height`; see the contract. */
export function readRegion(
  input: string,
  region: Region,
  width: u32,
  height: u32,
  format: PixelFormat = PixelFormat.Rgb8,
  index: u32 = 0,
): Uint8Array {
  const name = changetype<usize>(input);
  readRegionPixels(
    name,
    input.length,
    index,
    region.left,
    region.top,
    region.width,
    region.height,
    width,
    height,
    format,
    returnArea,
  );
  const buffer = takeBuffer(load<usize>(returnArea), load<usize>(returnArea, 4));
  forgetReceived();
  return Uint8Array.wrap(buffer);
}

/** Samples in all, at the rate that the input was described with. */
export function soundLength(input: string, index: u32 = 0): u64 {
  return getLengthOfSound(changetype<usize>(input), input.length, index);
}

/** Up to `count` mono samples from `offset` on, each from -1 to 1; fewer where the sound ends. */
export function readSound(input: string, offset: u64, count: u32, index: u32 = 0): Float32Array {
  readSamplesOf(changetype<usize>(input), input.length, index, offset, count, returnArea);
  const buffer = takeBuffer(load<usize>(returnArea), load<usize>(returnArea, 4) << 2);
  forgetReceived();
  return Float32Array.wrap(buffer);
}
