/** Model folders in which an example component stands for the shipped one. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { LANGUAGES, type LanguageName } from '../../src/scaffold/languages.ts';
import { flattenModel } from '../components/support/flatten-model.ts';

/** Pixels of the picture's side, small enough to have every element of the tensor as a class of its own. */
export const SIDE = 8;

/** A picture of colours that all differ, larger than the component asks for. */
export async function colourfulPicture(): Promise<Buffer> {
  const side = SIDE * 4;
  const pixels = Uint8Array.from({ length: side * side * 3 }, (_, i) => (i * 37 + (i >> 3)) % 256);
  return sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toBuffer();
}

/**
 * A model whose graph gives back the tensor that it was given, element by element.
 *
 * @param component bytes, or the name of a built-in one
 */
export async function writeTensorModel(
  folder: string,
  component: Uint8Array | string,
  language: LanguageName = 'assemblyscript',
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const write = async (file: string, bytes: Uint8Array) => {
    await writeFile(join(folder, file), bytes);
    return { file, sha256: createHash('sha256').update(bytes).digest('hex') };
  };
  const labels = Array.from({ length: 3 * SIDE * SIDE }, (_, index) => `element ${index}`).join('\n');
  const manifest = {
    task: 'image-classification',
    component:
      typeof component === 'string' ? { builtin: component } : await write('component.wasm', component),
    graphs: { model: await write('model.onnx', flattenModel('FP32', [1, 3, SIDE, SIDE])) },
    labels: await write('labels.txt', Buffer.from(labels)),
    config: {
      width: `${SIDE}`,
      height: `${SIDE}`,
      mean: '123.675,116.28,103.53',
      std: '58.395,57.12,57.375',
    },
    grants: { logging: true, ...LANGUAGES[language].grants },
    limits: { ...LANGUAGES[language].limits, deadlineMs: 60_000 },
    sample: { ...(await write('sample.png', await whitePicture())), expect: WHITE_LABEL },
    licence: 'Apache-2.0',
    source: 'made here',
  };
  await writeFile(join(folder, 'model.json'), JSON.stringify(manifest));
}

/** Blue of a white picture, which is farthest from its mean: the first element of the third plane. */
const WHITE_LABEL = `element ${2 * SIDE * SIDE}`;

async function whitePicture(): Promise<Buffer> {
  return sharp({ create: { width: SIDE, height: SIDE, channels: 3, background: 'white' } })
    .png()
    .toBuffer();
}
