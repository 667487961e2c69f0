/** ITU-R BT.601 luma of RGB pixels, in the integers that Pillow's `convert("L")` uses, which models are trained on. */
export function luma(rgb: Uint8Array): Uint8Array<ArrayBuffer> {
  const gray = new Uint8Array(rgb.length / 3);
  for (let at = 0, pixel = 0; pixel < gray.length; at += 3, pixel++) {
    gray[pixel] =
      ((rgb[at] ?? 0) * 19_595 + (rgb[at + 1] ?? 0) * 38_470 + (rgb[at + 2] ?? 0) * 7_471 + 32_768) >> 16;
  }
  return gray;
}
