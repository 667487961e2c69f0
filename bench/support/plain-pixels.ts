import sharp from 'sharp';

/** As little as a server writes to get the pixels of a photo: the middle 224 of 256, as sRGB. */
export async function plainPixels(photo: Buffer): Promise<Buffer> {
  return sharp(photo)
    .rotate()
    .resize(256, 256, { fit: 'cover' })
    .extract({ left: 16, top: 16, width: 224, height: 224 })
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer();
}
