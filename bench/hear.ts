/** Sound events beside the plainest loop of the same graph. */
import { resolveSettings, type Sandpiper } from '../src/index.ts';
import { SoundDecoder } from '../src/media/sound-decoder.ts';
import { dialTone, SAMPLE_RATE, soundFile } from '../test/models/support/sound-files.ts';
import { BareListener } from './support/bare-listener.ts';
import { besideBare } from './support/beside-bare.ts';
import type { Inputs } from './support/inputs.ts';
import type { Section } from './support/report.ts';

const MODEL = 'yamnet';

export async function benchHear(sandpiper: Sandpiper, { models }: Inputs): Promise<Section> {
  const bare = await BareListener.load(`${models}/${MODEL}/1`);
  await using decoder = new SoundDecoder(resolveSettings().limits);
  return await besideBare({
    name: 'hear',
    title: 'Hear what sounds of 10 and 60 s are',
    files: [soundFile(dialTone(10, 2, 7)), soundFile(dialTone(60, 10, 40))],
    bare: async (file) => bare.hear(await decoder.decode(file, SAMPLE_RATE, {})),
    sandpiper: (file) => sandpiper.predict(MODEL, { sound: file }),
  });
}
