/** Draws ../1/sample.png: two lines and a tilted one. `node models/pp-ocr-tiny/recipe/sample.ts` */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import sharp from 'sharp';

const fontfile = createRequire(import.meta.url).resolve(
  '@expo-google-fonts/tinos/400Regular/Tinos_400Regular.ttf',
);

async function line(text: string, size: number, degrees = 0): Promise<Buffer> {
  const drawn = sharp({
    text: {
      text: `<span foreground="#1d3557">${text}</span>`,
      font: `Tinos ${size}`,
      fontfile,
      dpi: 96,
      rgba: true,
    },
  });
  return sharp(await drawn.png().toBuffer())
    .rotate(degrees, { background: '#0000' })
    .png()
    .toBuffer();
}

await sharp({ create: { width: 480, height: 270, channels: 3, background: '#f1ede4' } })
  .composite([
    { input: await line('The sandpiper runs', 30), left: 36, top: 34 },
    { input: await line('along the water', 30), left: 36, top: 92 },
    { input: await line('Tide tables: 7:42', 22, -9), left: 150, top: 160 },
  ])
  .png({ palette: true, compressionLevel: 9 })
  .toFile(join(import.meta.dirname, '..', '1', 'sample.png'));
