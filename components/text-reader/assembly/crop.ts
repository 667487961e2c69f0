/** A line of text cut out of the client's own picture: 48 pixels high, its text upright. */
import { Region, readRegion } from '../../sdk/assembly/worlds/prediction';
import { Box } from './box';

export const LINE_HEIGHT: i32 = 48;
/** Pixels; a longer line is squeezed. */
const MOST_WIDTH: f32 = 3200;
const LEAST_WIDTH: f32 = 16;
/** Longest side that `readRegion` returns. */
const LARGEST_SIDE: f32 = 4096;
/** The sine of an angle that moves the end of a line by less than it matters. */
const UPRIGHT: f32 = 0.01;

/** Pixels of the width that a box has when it is 48 high. */
export function widthOf(box: Box): i32 {
  const width = Mathf.round((box.width * <f32>LINE_HEIGHT) / box.height);
  return <i32>min<f32>(max<f32>(width, LEAST_WIDTH), MOST_WIDTH);
}

/** `width` x 48 pixels of three bytes. */
export function crop(input: string, box: Box, width: i32): Uint8Array {
  if (abs(box.sine) < UPRIGHT && box.cosine > 0) {
    const region = new Region(box.x - box.width / 2, box.y - box.height / 2, box.width, box.height);
    return readRegion(input, region, width, LINE_HEIGHT);
  }
  return turned(input, box, width);
}

/** Reads the upright region around the box at the scale of the line, and takes the line out of it. */
function turned(input: string, box: Box, width: i32): Uint8Array {
  const across = abs(box.width * box.cosine) + abs(box.height * box.sine);
  const down = abs(box.width * box.sine) + abs(box.height * box.cosine);
  const scale = min<f32>(<f32>LINE_HEIGHT / box.height, LARGEST_SIDE / max(across, down));
  const regionWidth = <i32>max<f32>(1, min<f32>(LARGEST_SIDE, Mathf.ceil(across * scale)));
  const regionHeight = <i32>max<f32>(1, min<f32>(LARGEST_SIDE, Mathf.ceil(down * scale)));
  const region = new Region(box.x - across / 2, box.y - down / 2, across, down);
  const pixels = readRegion(input, region, regionWidth, regionHeight);

  const scaleX = <f32>regionWidth / across;
  const scaleY = <f32>regionHeight / down;
  const line = new Uint8Array(width * LINE_HEIGHT * 3);
  let to = line.dataStart;
  for (let row = 0; row < LINE_HEIGHT; row++) {
    const downShare = (<f32>row + 0.5) / <f32>LINE_HEIGHT - 0.5;
    for (let column = 0; column < width; column++, to += 3) {
      const point = box.at((<f32>column + 0.5) / <f32>width - 0.5, downShare);
      const x = (point.x - region.left) * scaleX - 0.5;
      const y = (point.y - region.top) * scaleY - 0.5;
      sample(pixels, regionWidth, regionHeight, x, y, to);
    }
  }
  return line;
}

/** The pixel at a place between pixels, by bilinear interpolation. */
function sample(pixels: Uint8Array, width: i32, height: i32, x: f32, y: f32, to: usize): void {
  const heldX = max<f32>(0, min<f32>(x, <f32>(width - 1)));
  const heldY = max<f32>(0, min<f32>(y, <f32>(height - 1)));
  const left = <i32>heldX;
  const top = <i32>heldY;
  const right = min(left + 1, width - 1);
  const bottom = min(top + 1, height - 1);
  const shareX = heldX - <f32>left;
  const shareY = heldY - <f32>top;
  const above = pixels.dataStart + top * width * 3;
  const below = pixels.dataStart + bottom * width * 3;
  for (let channel = 0; channel < 3; channel++) {
    const upper = mix(above + left * 3 + channel, above + right * 3 + channel, shareX);
    const lower = mix(below + left * 3 + channel, below + right * 3 + channel, shareX);
    store<u8>(to + channel, <u8>(upper + (lower - upper) * shareY + 0.5));
  }
}

function mix(one: usize, other: usize, share: f32): f32 {
  const value = <f32>load<u8>(one);
  return value + (<f32>load<u8>(other) - value) * share;
}
