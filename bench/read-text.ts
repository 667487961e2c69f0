/** Text in pictures beside the plainest loop of the same graphs: pages of ten lines, straight and seen at an angle. */
import type { Sandpiper } from '../src/index.ts';
import { clean, degraded, textPages } from '../test/models/support/text-pages.ts';
import { BareTextReader } from './support/bare-text-reader.ts';
import { besideBare } from './support/beside-bare.ts';
import type { Inputs } from './support/inputs.ts';
import type { Section } from './support/report.ts';

const MODEL = 'pp-ocr-tiny';

export async function benchReadText(sandpiper: Sandpiper, { models }: Inputs): Promise<Section> {
  const recogniser = sandpiper.describeModel(MODEL).graphs.find(({ name }) => name === 'recogniser');
  const bare = await BareTextReader.load(`${models}/${MODEL}/1`, recogniser?.metadata ?? {});
  const pages = await textPages();
  return besideBare({
    name: 'read-text',
    title: 'Read pages of ten lines',
    files: await Promise.all([...pages.map(clean), ...pages.map(degraded)]),
    bare: (file) => bare.read(file),
    sandpiper: (file) => sandpiper.predict(MODEL, { picture: file }),
  });
}
