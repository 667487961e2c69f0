/** Pages of known lines, set in fonts of npm packages, and the same as a bad camera sees them. */
import { createRequire } from 'node:module';
import sharp, { type OverlayOptions } from 'sharp';
import { warped } from './warp.ts';

const require = createRequire(import.meta.url);

/** A family's name, and the file of its npm package. */
const FONTS = [
  ['Arimo', require.resolve('@expo-google-fonts/arimo/400Regular/Arimo_400Regular.ttf')],
  ['Tinos', require.resolve('@expo-google-fonts/tinos/400Regular/Tinos_400Regular.ttf')],
  ['Cousine', require.resolve('@expo-google-fonts/cousine/400Regular/Cousine_400Regular.ttf')],
  ['Arimo Bold', require.resolve('@expo-google-fonts/arimo/700Bold/Arimo_700Bold.ttf')],
] as const;

const PAPER = { r: 250, g: 248, b: 242 };
const MARGIN = 40;

/** Pixels. */
export const PAGE = { width: 1000, height: 760 };

export interface Page {
  readonly lines: readonly string[];
  /** Three bytes a pixel. */
  readonly pixels: Buffer;
}

/** 40 lines on four pages, each in a font of its own; the size changes from line to line. */
export async function textPages(): Promise<Page[]> {
  return Promise.all(FONTS.map(async (font, index) => page(LINES.slice(index * 10, index * 10 + 10), font)));
}

async function page(lines: readonly string[], [family, fontfile]: (typeof FONTS)[number]): Promise<Page> {
  let top = MARGIN;
  const layers: OverlayOptions[] = [];
  for (const [index, line] of lines.entries()) {
    const size = 18 + ((index * 5) % 12);
    const text = `<span foreground="#20242c">${escaped(line)}</span>`;
    const input = await sharp({ text: { text, font: `${family} ${size}`, fontfile, dpi: 96, rgba: true } })
      .png()
      .toBuffer();
    layers.push({ input, left: MARGIN + ((index * 37) % 90), top });
    top += 44 + size;
  }
  const background = sharp({ create: { ...PAGE, channels: 3, background: PAPER } });
  return { lines, pixels: await background.composite(layers).removeAlpha().raw().toBuffer() };
}

/** Without loss. */
export async function clean({ pixels }: Page): Promise<Buffer> {
  return sharp(pixels, { raw: { ...PAGE, channels: 3 } })
    .png()
    .toBuffer();
}

/** Seen at an angle, out of focus, in bad light, and stored as JPEG of quality 55. */
export async function degraded({ pixels }: Page): Promise<Buffer> {
  const { width, height } = PAGE;
  const corners = [
    [18, 30],
    [width - 34, 6],
    [width - 8, height - 26],
    [28, height - 8],
  ] as const;
  const seen = warped(pixels, PAGE, corners, PAPER);
  const random = generator(7);
  const noisy = await sharp(seen, { raw: { ...PAGE, channels: 3 } })
    .blur(0.9)
    .raw()
    .toBuffer();
  for (let i = 0; i < noisy.length; i++) {
    noisy[i] = Math.max(0, Math.min(255, (noisy[i] ?? 0) + 12 * (random() + random() + random() - 1.5)));
  }
  return sharp(noisy, { raw: { ...PAGE, channels: 3 } })
    .jpeg({ quality: 55 })
    .toBuffer();
}

/** Mulberry32: numbers from 0 to 1, the same on every machine. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

const LINES = `Invoice No. 2024-0817
Total due: 1,482.50 EUR
Please pay within 14 days.
Thank you for your order!
Delivery address: 12 Mill Lane
Reference: QX-7749/B
Bank transfer or card
VAT 19 % included
Customer since March 2011
Page 1 of 3
The quick brown fox jumps over
the lazy dog near the river bank.
Every morning she walked to work
and counted the boats in the harbour.
Chapter Seven: A Quiet Evening
He said: "Nothing is ever lost."
It was colder than they expected,
so they kept their coats on.
Who would have thought it?
The end of a long journey
npm install --save-exact sharp
curl -X POST http://localhost:8080
error: file not found (code 404)
export const limit = 4096;
Temperature: 23.7 C, humidity 61 %
2026-11-28 19:17:50 UTC
user@example.org
/etc/systemd/system/app.service
if (count >= 10) return;
[OK] 128 tests passed
PLATFORM 9
NO PARKING 8 AM - 6 PM
Emergency Exit
Mind the gap
Opening hours: Monday to Friday
Caution: Wet Floor
Sale! Up to 70 % off
Ticket office closed
Gate B42 Boarding 18:35
Fragile - Handle with care`.split('\n');
