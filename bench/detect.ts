/** Object detection beside the plainest loop of the same graph. */
import type { Sandpiper } from '../src/index.ts';
import { BareNanodet } from './support/bare-nanodet.ts';
import { besideBare } from './support/beside-bare.ts';
import type { Inputs } from './support/inputs.ts';
import type { Section } from './support/report.ts';

const MODEL = 'nanodet-g-416';
const MIN_PHOTOS = 10;

export async function benchDetect(sandpiper: Sandpiper, { models, photos }: Inputs): Promise<Section> {
  const bare = await BareNanodet.load(`${models}/${MODEL}/1`);
  return besideBare({
    name: 'detect',
    title: 'Find objects in a photo',
    files: Array.from({ length: Math.ceil(MIN_PHOTOS / photos.length) }, () => photos).flat(),
    bare: (photo) => bare.detect(photo),
    sandpiper: (image) => sandpiper.predict(MODEL, { image }),
  });
}
