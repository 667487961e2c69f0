/** Inputs of the benches: files of a folder that the caller names, or else the models' own samples. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Inputs {
  /** Model directory of the service. */
  models: string;
  photos: Buffer[];
  sounds: Buffer[];
}

export async function readInputs(options: {
  models: string;
  photos?: string;
  speech?: string;
}): Promise<Inputs> {
  const { models, photos, speech } = options;
  return {
    models,
    photos:
      photos === undefined
        ? [await readFile(`${models}/efficientnet-lite0/1/sample.png`)]
        : await filesOf(photos, /\.(jpe?g|png)$/i),
    sounds:
      speech === undefined
        ? [await readFile(`${models}/moonshine-tiny/1/sample.wav`)]
        : await filesOf(speech, /\.wav$/i),
  };
}

/** Paths of all graphs below a models directory. */
export async function graphsIn(models: string): Promise<string[]> {
  const files = await readdir(models, { recursive: true });
  return files.filter((name) => name.endsWith('.onnx')).map((name) => join(models, name));
}

async function filesOf(folder: string, pattern: RegExp): Promise<Buffer[]> {
  const names = (await readdir(folder)).filter((name) => pattern.test(name)).toSorted();
  if (names.length === 0) throw new Error(`There is no file like ${pattern} in ${folder}.`);
  return Promise.all(names.map((name) => readFile(join(folder, name))));
}
