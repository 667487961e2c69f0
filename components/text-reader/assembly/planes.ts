/** Pixels to the graphs' input: one plane after the other, blue first, as both were trained. */

const CHANNELS: i32 = 3;

/** (pixel - mean) / deviation of each channel, in the order blue, green, red. */
export class Planes {
  private tables: StaticArray<f32> = new StaticArray<f32>(CHANNELS * 256);

  constructor(means: f32[], deviations: f32[]) {
    for (let channel = 0; channel < CHANNELS; channel++) {
      for (let byte = 0; byte < 256; byte++) {
        this.tables[(channel << 8) + byte] = (<f32>byte - means[channel]) / deviations[channel];
      }
    }
  }

  /**
   * Writes a picture of `width` x `height` pixels of three bytes into three planes of `planeWidth` x `height`, the first
   * of which starts at element `into`; what is right of the picture is left alone.
   */
  write(pixels: Uint8Array, width: i32, height: i32, planes: Float32Array, into: i32, planeWidth: i32): void {
    for (let channel = 0; channel < CHANNELS; channel++) {
      const table = changetype<usize>(this.tables) + ((<usize>channel) << 10);
      let from = pixels.dataStart + (CHANNELS - 1 - channel);
      for (let row = 0; row < height; row++) {
        let to = planes.dataStart + ((<usize>(into + (channel * height + row) * planeWidth)) << 2);
        for (const end = from + width * CHANNELS; from < end; from += CHANNELS, to += 4) {
          store<f32>(to, load<f32>(table + ((<usize>load<u8>(from)) << 2)));
        }
      }
    }
  }
}
